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
import { ByteSink, cancelCall } from 'mayfly:agent/engine'
import * as http from 'mayfly:agent/http@0.2.0'
import * as incoming from 'mayfly:agent/request-body@0.2.0'
import * as tools from 'mayfly:agent/tools@0.2.0'
import type { HostBlob } from '../guest/host-blobs.ts'
import {
  guarded,
  isLater,
  mapLater,
  type HostBody,
  type HostFetched,
  type HostOpened,
  type HostRequest,
  type HostUpload,
  type Later,
  type Redirect,
} from '../guest/host.ts'
import type { Abortable } from '../guest/work.ts'

/** Makes a body that can be sent while it is made. */
export const makeUpload: (() => HostUpload) | undefined = () => new ByteSink()

/** The body of the request, if it was not there with the head. The first time only. */
export function requestBody(): HostBody | null {
  return incoming.take()
}

/**
 * Sends `request`, unless `signal` is aborted first: then it rejects with its reason. The body of the response may have
 * to be read.
 */
export function httpOpen(
  request: HostRequest,
  upload: HostUpload | undefined,
  redirect: Redirect,
  signal?: Abortable,
): Later<HostOpened> {
  // It comes from `makeUpload`.
  const stream = upload === undefined ? null : (upload as ByteSink).stream
  const opened = http.open(request, stream, redirect)
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
  if (cancelCall(waiting)) wake?.(false)
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
      if (cancelCall(call)) reject(signal.reason)
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
