/**
 * The way from the command line to a running host: the socket in its data directory, or a URL and a token.
 *
 * @module
 */

import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { ParseArgsConfig } from 'node:util'
import { MayflyError } from '../../runtime/errors/index.ts'
import type { Refusal } from '../control/index.ts'
import { controlSocket } from '../data-directory/index.ts'
import type { PrintedError } from './print-error.ts'
import { DEFAULT_DATA_DIRECTORY } from './data-directory.ts'
import type { ParsedArguments } from './verb.ts'

/** A request to the control plane. */
export interface Ask {
  readonly path: string
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: FormData | string
  /**
   * Beside those of `body`.
   *
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * Gives the request up.
   *
   * @default never
   */
  readonly signal?: AbortSignal
}

/** The answer. */
export interface Answered {
  readonly ok: boolean
  readonly status: number
  readonly text: string
}

export type Asker = (ask: Ask) => Promise<Answered>

export const HOST_OPTIONS: NonNullable<ParseArgsConfig['options']> = {
  data: { type: 'string' },
  url: { type: 'string' },
}

export const HOST_USAGE: string = `  --data DIR      Data directory of the host. Default: .mayfly/data
  --url URL       The host's --control-port, for one on another machine; with MAYFLY_TOKEN as the token: that of the
                  host, or a scoped one (mayfly token)

Without --url it talks to the host over a socket in its data directory, which works while every worker is busy, and
needs no token.`

/** The way to a host. */
interface Way {
  readonly base: URL
  readonly options: Omit<RequestOptions, 'headers'> & { headers?: Record<string, string> }
  /** What to do when no host answers. */
  readonly hint: string
}

/** @throws {MayflyError} ERR_USAGE */
export function askerOf(values: ParsedArguments['values']): Asker {
  const way = wayTo(values)
  return (ask) => send(way, ask)
}

/**
 * Returns a function that asks for an answer that has no end. It throws `ERR_HOST_UNAVAILABLE` when no host answers.
 *
 * @throws {MayflyError} ERR_USAGE
 */
export function followerOf(
  values: ParsedArguments['values'],
): (path: string, signal: AbortSignal) => Promise<IncomingMessage> {
  const { base, options, hint } = wayTo(values)
  return (path, signal) =>
    new Promise((resolve, reject) => {
      const request = base.protocol === 'https:' ? httpsRequest : httpRequest
      const sent = request(new URL(path, base), { ...options, signal })
      sent.on('response', resolve)
      sent.on('error', (cause) => reject(noHost(cause, hint)))
      sent.end()
    })
}

function noHost(cause: Error, hint: string): MayflyError {
  return new MayflyError('ERR_HOST_UNAVAILABLE', 'Cannot reach the host: no host answers', {
    cause,
    hint,
  })
}

/** @throws {MayflyError} ERR_USAGE */
function wayTo({ data, url }: ParsedArguments['values']): Way {
  if (typeof url !== 'string') {
    const socketPath = controlSocket(typeof data === 'string' ? data : DEFAULT_DATA_DIRECTORY)
    const hint = 'Give the DIR of mayfly serve --data DIR as --data'
    if (socketPath === undefined) {
      throw new MayflyError(
        'ERR_USAGE',
        'Cannot reach the host: the path of its socket is too long',
        {
          hint: 'Start it with --control-port and MAYFLY_TOKEN, and give that address as --url',
        },
      )
    }
    return { base: new URL('http://localhost'), options: { socketPath }, hint }
  }
  const base = URL.parse(url)
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new MayflyError('ERR_USAGE', `Cannot control a host at "${url}": not a URL`, {
      hint: 'Such as http://127.0.0.1:8788',
    })
  }
  const token = process.env['MAYFLY_TOKEN'] || undefined
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const hint = 'Give the address of mayfly serve --control-port as --url'
  return { base, options: { headers }, hint }
}

/**
 * Returns an answer that is a refusal as the error of any other verb reads; nothing when it is none.
 *
 * @param deed - what was asked for: `kill "shop"`
 */
export function refusalOf(text: string, deed: string): PrintedError | undefined {
  const refusal = readRefusal(text)
  if (refusal === undefined) return undefined
  const { error, hint } = refusal
  const end = `. ${hint}`
  const reason = hint !== undefined && error.endsWith(end) ? error.slice(0, -end.length) : error
  // An error of the host says itself what it could not do; a reason of the control plane does not.
  return { message: reason.startsWith('Cannot ') ? reason : `Cannot ${deed}: ${reason}`, hint }
}

function readRefusal(text: string): Refusal | undefined {
  try {
    const answer: unknown = JSON.parse(text)
    const isRefusal = typeof answer === 'object' && answer !== null && 'error' in answer
    // The cast: the control plane wrote it.
    return isRefusal && typeof answer.error === 'string' ? (answer as Refusal) : undefined
  } catch {
    return undefined
  }
}

async function send(
  { base, options, hint }: Way,
  { path, method = 'GET', body, headers = {}, signal }: Ask,
): Promise<Answered> {
  // Writes the form out, with the boundary that its type names.
  const written = new Response(body ?? null)
  const type = written.headers.get('content-type')
  const bytes = Buffer.from(await written.arrayBuffer())
  return new Promise((resolve, reject) => {
    const request = base.protocol === 'https:' ? httpsRequest : httpRequest
    const sent = request(new URL(path, base), {
      ...options,
      method,
      ...(signal && { signal }),
      headers: {
        ...options.headers,
        ...headers,
        ...(type === null ? {} : { 'content-type': type }),
      },
    })
    sent.on('response', async (response) => {
      const text = Buffer.concat(await Array.fromAsync(response)).toString()
      const { statusCode: status = 0 } = response
      resolve({ ok: status >= 200 && status < 300, status, text })
    })
    sent.on('error', (cause) => reject(noHost(cause, hint)))
    sent.end(bytes)
  })
}
