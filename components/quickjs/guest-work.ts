/**
 * Work of the host that an agent may give up, and waiting, for this engine: it replaces the `work.ts` of
 * `components/guest`.
 *
 * A call of the host returns a promise of what is not there yet, and the engine waits for all of them at once. So the loop
 * of the library has only timers to wait for: one call of the host for the earliest.
 *
 * @module
 */

import * as clock from 'mayfly:agent/clock@0.2.0'
import * as engine from 'mayfly:agent/engine'
import * as http from 'mayfly:agent/http@0.2.0'
import * as incoming from 'mayfly:agent/request-body@0.2.0'
import * as tools from 'mayfly:agent/tools@0.2.0'
import type { HostBlob } from '../guest/host-blobs.ts'
import {
  guarded,
  isLater,
  type HostBody,
  type HostFetched,
  type HostOpened,
  type HostRequest,
  type Later,
  type Redirect,
} from '../guest/host.ts'
import type { Abortable } from '../guest/work.ts'

// Of `engine.dropEnd`.
const READABLE = 0
const WRITABLE = 1
const FUTURE = 2
// Of a write: 4 bits for how it ended, and the number of bytes.
const COUNT_SHIFT = 4
const RESULT_BITS = 15
const DROPPED = 1
// The case of the error of a body that is not whole: `unavailable`, behind "no error".
const BROKEN_OFF = 3

/** Whether bodies are on their way while the agent runs. */
export const streamsBodies: boolean = true

/** The body of the request, if it was not there with the head. The first time only. */
export const requestBody: () => HostBody | null = incoming.take

/** Makes a body to send: what the host reads, and what is written to. */
export function makeBody(): [readable: HostBody, writable: HostBody] {
  const ends = engine.makeEnds()
  return [
    [ends[0], ends[1]],
    [ends[2], ends[3]],
  ]
}

/** The next bytes; nothing at the end. Rejects with the error of the body. One read at a time. */
export async function readBody(body: HostBody): Promise<Uint8Array | undefined> {
  if (body[0] !== 0) {
    const chunk = await engine.readStream(body[0])
    if (chunk instanceof Uint8Array) return chunk
    // Unless it was cancelled meanwhile.
    if (body[0] !== 0) engine.dropEnd(body[0], READABLE)
    body[0] = 0
    if (chunk !== null && chunk !== undefined) return chunk[0]
  }
  if (body[1] === 0) return undefined
  try {
    await engine.readFuture(body[1])
  } finally {
    if (body[1] !== 0) engine.dropEnd(body[1], READABLE + FUTURE)
    body[1] = 0
  }
  return undefined
}

/** Gives the rest up: a read that is under way finds no more. */
export function cancelBody(body: HostBody): void {
  const [bytes, end] = body
  body[0] = body[1] = 0
  if (bytes !== 0) {
    engine.cancelCopy(bytes)
    engine.dropEnd(bytes, READABLE)
  }
  if (end === 0) return
  engine.cancelCopy(end)
  engine.dropEnd(end, READABLE + FUTURE)
}

/** Resolves with whether all of `bytes` were taken: otherwise no more are wanted. One write at a time. */
export async function writeBody(body: HostBody, bytes: Uint8Array): Promise<boolean> {
  let rest = bytes
  while (rest.length > 0) {
    const status = body[0] === 0 ? DROPPED : await engine.writeStream(body[0], rest)
    if (status === undefined || (status & RESULT_BITS) === DROPPED) return false
    rest = rest.subarray(status >>> COUNT_SHIFT)
  }
  return true
}

/** Ends a body, which is all there or was broken off. The second time it does nothing. */
export function endBody(body: HostBody, isWhole: boolean): void {
  const [bytes, end] = body
  if (bytes === 0) return
  body[0] = 0
  engine.cancelCopy(bytes)
  // First, so that it is there when the stream ends. Its end goes with the invocation.
  void engine.writeFuture(end, isWhole ? 0 : BROKEN_OFF)
  engine.dropEnd(bytes, WRITABLE)
}

/**
 * Sends `request`, unless `signal` is aborted first: then it rejects with its reason. The body of the response may have
 * to be read.
 */
export function httpOpen(
  request: HostRequest,
  upload: HostBody | null,
  redirect: Redirect,
  signal?: Abortable,
): Later<HostOpened> {
  const opened = http.open(request, upload, redirect)
  return unlessAborted(opened, opened, signal)
}

/** The same, but the body stays outside. */
export function httpSendForBlob(
  request: HostRequest,
  redirect: Redirect,
  signal?: Abortable,
): Later<HostFetched<HostBlob>> {
  const sent = http.sendForBlob(request, redirect)
  return unlessAborted(sent, sent, signal)
}

/** Calls a tool, unless `signal` is aborted first: then it rejects with its reason. */
export function toolCall(
  tool: string,
  input: string,
  blobs: HostBlob[],
  signal?: Abortable,
): Later<string> {
  return callTool(tools.call, tool, input, blobs, signal)
}

/** The same, but the result stays outside. */
export function toolCallForBlob(
  tool: string,
  input: string,
  blobs: HostBlob[],
  signal?: Abortable,
): Later<HostBlob> {
  return callTool(tools.callForBlob, tool, input, blobs, signal)
}

function callTool<Value>(
  call: (tool: string, input: string, blobs: HostBlob[]) => Later<Value>,
  tool: string,
  input: string,
  blobs: HostBlob[],
  signal: Abortable | undefined,
): Later<Value> {
  let called: unknown
  const result = guarded('tools', `call tool "${tool}"`, () => {
    const value = call(tool.toWellFormed(), input.toWellFormed(), blobs)
    called = value
    return value
  })
  return unlessAborted(result, called, signal)
}

/** Nothing to start: what is under way comes by itself. */
export function onWork(_starter: () => void): void {}

/** Whether the loop has to wait for something but time. */
export function hasWork(): boolean {
  return false
}

let waiting: unknown
let wake: ((isUp: boolean) => void) | undefined

/** Waits until `timeoutMs` have passed. Returns whether the time is up: not when `interrupt` ended it. */
export function wait(timeoutMs: number | null): Later<boolean> {
  const passed = clock.waitFor(timeoutMs ?? 0)
  if (!isLater(passed)) return true
  waiting = passed
  return new Promise((resolve) => {
    wake = resolve
    void passed.then(() => resolve(true))
  })
}

/** Ends the wait under way. */
export function interrupt(): void {
  if (engine.cancelCall(waiting)) wake?.(false)
}

/** Nothing to give up: the host drops what is under way when the request ends. */
export function endWork(): void {}

/** `result`, which is made of the `call` of the host, unless `signal` is aborted first. */
function unlessAborted<Result>(
  result: Later<Result>,
  call: unknown,
  signal: Abortable | undefined,
): Later<Result> {
  if (signal === undefined || !isLater(result)) return result
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      if (engine.cancelCall(call)) reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort)
    const forget = (): void => signal.removeEventListener('abort', onAbort)
    result.then(
      (value) => {
        forget()
        // A promise of the host's, of what the type says.
        resolve(value as Result)
      },
      (error: unknown) => {
        forget()
        reject(error)
      },
    )
  })
}
