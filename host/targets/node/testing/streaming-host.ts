/**
 * A host with all kinds of guests that stream bodies, and the server that they ask.
 *
 * @module
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { startServer, type AgentBundle, type MayflyServer } from '../index.ts'
import {
  STREAMING_KINDS,
  streamingAgents,
  type Role,
  type StreamingKind,
} from './streaming-kinds.ts'
import { message } from './wire.ts'

export const CHUNKED = 'Transfer-Encoding: chunked'
export const CLOSE = 'Connection: close'
export const PATIENCE = { timeout: 10_000, interval: 5 }

export type Handle = (request: IncomingMessage, response: ServerResponse) => void

export interface StreamingHost {
  readonly url: string
  /** Host and port of the other server. */
  readonly authority: string
  /** How the other server answers from now on. */
  handle: Handle
  /** A request as bytes, to the host that guests of WASI 0.3 send it on to. */
  request(method: string, path: string, headers: readonly string[], body?: string): string
  /** Waits until no invocation is under way. */
  expectIdle(): Promise<void>
}

export interface StreamingHostOptions {
  /** @default STREAMING_KINDS */
  kinds?: readonly StreamingKind[]
  /** Agents beside those of the kinds, given the authority of the other server. */
  further?: (authority: string) => Promise<readonly AgentBundle[]>
}

/** Serves for the tests of a file: starts before the first, ends after the last. */
export function streamingHost({
  kinds = STREAMING_KINDS,
  further = () => Promise.resolve([]),
}: StreamingHostOptions = {}): StreamingHost {
  const upstream = createServer((request, response) => host.handle(request, response))
  let authority = ''
  let server: MayflyServer

  beforeAll(async () => {
    upstream.listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    authority = `127.0.0.1:${(upstream.address() as AddressInfo).port}`
    const bundles = await Promise.all([
      ...kinds.map((kind) => streamingAgents(kind, authority)),
      further(authority),
    ])
    server = await startServer({
      agents: bundles.flat(),
      port: 0,
      allowedHosts: ['*'],
      workers: 1,
      logLevel: 'silent',
    })
    expect(server.refused).toEqual([])
  }, 120_000)

  afterAll(async () => {
    await server?.close()
    upstream.closeAllConnections()
    upstream.close()
  })

  const host: StreamingHost = {
    get url() {
      return server.url
    },
    get authority() {
      return authority
    },
    handle: (_, response) => void response.end(),
    request: (method, path, headers, body = '') =>
      message(method, path, headers, body).replace('Host: a', `Host: ${authority}`),
    async expectIdle() {
      await vi.waitFor(async () => {
        const response = await fetch(`${server.url}/-/agents`)
        const { agents } = (await response.json()) as { agents: { active: number }[] }
        expect(agents.reduce((sum, { active }) => sum + active, 0)).toBe(0)
      }, PATIENCE)
    },
  }
  return host
}

/** Cases of one role, for each kind that has it. */
export function cases(role: Role, define: (path: string, kind: StreamingKind) => void): void {
  const kinds = STREAMING_KINDS.filter(({ roles }) => roles[role] !== undefined)
  describe.each(kinds)(`${role} of $name`, (kind) => define(`/${kind.name}-${role}/`, kind))
}

/** One chunk of a body, as bytes. */
export function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}
