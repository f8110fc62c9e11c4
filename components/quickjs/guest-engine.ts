/**
 * All that the guest library knows about this engine: it replaces the `engine.ts` of `components/guest`.
 *
 * Codecs are native, and the engine says when its job queue is empty and when the caller has gone.
 *
 * @module
 */

import * as engine from 'mayfly:agent/engine'
import type { Header } from '../guest/host.ts'
import { decodeUtf8Lossy } from '../guest/web/utf8.ts'

/** Whether `handle` may return its answer instead of a promise. */
export const answersAtOnce: boolean = true

/** Returns `text` in UTF-8. Lone surrogates become U+FFFD. */
export const encodeUtf8: (text: string) => Uint8Array<ArrayBuffer> = engine.encodeUtf8

/** Returns one character for each byte. */
export const decodeLatin1: (bytes: Uint8Array) => string = engine.decodeLatin1

/** Returns the value of a JSON text; `undefined` when it is to be parsed as a string. */
export const parseJson: (bytes: Uint8Array) => unknown = engine.parseJson

/** Returns the body of an answer with the text `text`. Lone surrogates become U+FFFD when it is sent. */
export function toAnswerBody(text: string): Uint8Array | string {
  return text
}

/** Answers with a text, in place of a record that `handle` returns. */
export const answerNow: ((status: number, headers: Header[], text: string) => void) | undefined =
  engine.respond

/** Runs the jobs that are there, and returns the value of `promise` if it is fulfilled then; otherwise `undefined`. */
export const settledValue: (promise: unknown) => unknown = engine.settledValue

/** Has `listener` called once the caller has gone. Returns a function that takes it back. */
export const onCancel: (listener: () => void) => () => void = engine.onCancel

/** Has the request go on after its answer until it is called with false. */
export const stay: ((stays: boolean) => void) | undefined = engine.stay

/** Has `listener` called with the reason of each rejection that nothing handles. */
export const onRejection: (listener: (reason: unknown) => void) => void = engine.onRejection

/** Resolves when the promise jobs that could run have run. */
export const quiet: () => Promise<void> = engine.quiet

/** Decodes `bytes` as UTF-8, malformed parts as U+FFFD. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  return engine.decodeUtf8(bytes) ?? decodeUtf8Lossy(bytes)
}

/** Returns the error case a host function reported, or nothing when `error` is something else. */
export function hostErrorCase(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('payload' in error)) return undefined
  return typeof error.payload === 'string' ? error.payload : undefined
}
