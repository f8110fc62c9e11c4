/**
 * Work of the host that an agent may give up, and waiting, for an engine that stands still while the host works. Our own
 * engine has another version of this file.
 *
 * A host call stops the whole agent, so work is begun and taken later, and only one place waits, for all of it at once:
 * `wait`, with `poll.any`.
 *
 * @module
 */

import * as http from 'mayfly:agent/http@0.1.0'
import * as poll from 'mayfly:agent/poll@0.1.0'
import * as tools from 'mayfly:agent/tools@0.1.0'
import type { HostBlob } from './host-blobs.ts'
import {
  guarded,
  type HostBody,
  type HostFetched,
  type HostOpened,
  type HostRequest,
  type Later,
  type Redirect,
} from './host.ts'
import { ownBytes } from './own-bytes.ts'

/** The used part of an `AbortSignal`, the engine's or ours. */
export interface Abortable {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

interface Awaited {
  /** Called when it can be taken without waiting. */
  settle(): void
  cancel(): void
}

const awaited = new Map<number, Awaited>()
let start: () => void = () => {}

/** Has `starter` called when there is something to wait for: it has to call `wait` then. */
export function onWork(starter: () => void): void {
  start = starter
}

/** Whether bodies are on their way while the agent runs. Here a body is there or it is not. */
export const streamsBodies: boolean = false

/** The body of the request, if it was not there with the head. */
export function requestBody(): HostBody | null {
  return null
}

/** Makes a body to send: what the host reads, and what is written to. */
export function makeBody(): [readable: HostBody, writable: HostBody] {
  throw new TypeError('Cannot send a body while it is made: not with this engine')
}

/** The next bytes; nothing at the end. Rejects with the error of the body. One read at a time. */
export async function readBody(_body: HostBody): Promise<Uint8Array | undefined> {
  return undefined
}

/** Gives the rest up: a read that is under way finds no more. */
export function cancelBody(_body: HostBody): void {}

/** Resolves with whether all of `bytes` were taken: otherwise no more are wanted. One write at a time. */
export async function writeBody(_body: HostBody, _bytes: Uint8Array): Promise<boolean> {
  return false
}

/** Ends a body, which is all there or was broken off. The second time it does nothing. */
export function endBody(_body: HostBody, _isWhole: boolean): void {}

/**
 * Sends `request`, unless `signal` is aborted first: then it rejects with its reason. The body of the response may have
 * to be read.
 */
export function httpOpen(
  request: HostRequest,
  _upload: HostBody | null,
  redirect: Redirect,
  signal?: Abortable,
): Later<HostOpened> {
  const fetched = exchange({ request, redirect, signal }, http.take)
  return fetched.then(({ body, ...head }) => ({ ...head, content: ownBytes(body) }))
}

/** The same, but the body stays outside. */
export function httpSendForBlob(
  request: HostRequest,
  redirect: Redirect,
  signal?: Abortable,
): Later<HostFetched<HostBlob>> {
  return exchange({ request, redirect, signal }, http.takeBlob)
}

interface Exchange {
  readonly request: HostRequest
  readonly redirect: Redirect
  readonly signal: Abortable | undefined
}

async function exchange<Response extends object>(
  { request, redirect, signal }: Exchange,
  take: (pending: number) => Response,
): Promise<Response & { redirectedTo: null; decoded: false }> {
  // The host follows, and does not say so. Better no response than that of another URL.
  if (redirect !== 'follow')
    throw new TypeError(`Cannot fetch with redirect "${redirect}": not with this engine`)
  const pending = http.start(request)
  const response = await awaitPending(pending, signal, {
    take: () => take(pending),
    cancel: () => http.cancel(pending),
  })
  return { ...response, redirectedTo: null, decoded: false }
}

/** Calls a tool, unless `signal` is aborted first: then it rejects with its reason. */
export function toolCall(
  tool: string,
  input: string,
  blobs: HostBlob[],
  signal?: Abortable,
): Later<string> {
  return callTool({ tool, input, blobs, signal }, tools.take)
}

/** The same, but the result stays outside. */
export function toolCallForBlob(
  tool: string,
  input: string,
  blobs: HostBlob[],
  signal?: Abortable,
): Later<HostBlob> {
  return callTool({ tool, input, blobs, signal }, tools.takeBlob)
}

interface ToolCall {
  readonly tool: string
  readonly input: string
  readonly blobs: HostBlob[]
  readonly signal: Abortable | undefined
}

function callTool<Result>(
  { tool, input, blobs, signal }: ToolCall,
  take: (pending: number) => Result,
): Later<Result> {
  const action = `call tool "${tool}"`
  const { pending, ready } = guarded('tools', action, () =>
    tools.start(tool.toWellFormed(), input.toWellFormed(), blobs),
  )
  const taken = (): Result => guarded('tools', action, () => take(pending))
  if (ready) return taken()
  return awaitPending(pending, signal, { take: taken, cancel: () => tools.cancel(pending) })
}

/** Whether the loop has to wait for something but time. */
export function hasWork(): boolean {
  return awaited.size > 0
}

/**
 * Waits until some of the work can be taken or `timeoutMs` have passed. Returns whether the time is up; a promise of
 * false when `interrupt` ended it.
 */
export function wait(timeoutMs: number | null): Later<boolean> {
  // Some engines say undefined where others say null.
  const ready = poll.any([...awaited.keys()], timeoutMs) ?? null
  if (ready === null) return true
  const found = awaited.get(ready)
  awaited.delete(ready)
  found?.settle()
  return false
}

/** Ends the wait under way: here there is none while anything else runs. */
export function interrupt(): void {}

/** Gives up on all of the work: the request has been answered. */
export function endWork(): void {
  for (const { cancel } of awaited.values()) cancel()
  awaited.clear()
}

interface Pending<Result> {
  /** Called when it is ready. */
  take(): Result
  cancel(): void
}

async function awaitPending<Result>(
  pending: number,
  signal: Abortable | undefined,
  { take, cancel }: Pending<Result>,
): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  const settle = (): void => {
    try {
      resolve(take())
    } catch (error) {
      reject(error)
    }
  }
  const onAbort = (): void => {
    if (awaited.delete(pending)) cancel()
    reject(signal?.reason)
  }
  awaited.set(pending, { settle, cancel })
  signal?.addEventListener('abort', onAbort)
  start()
  try {
    return await promise
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
