/**
 * All that this library knows about the engine under it, QuickJS inside a component. Another engine needs another
 * version of this file only.
 *
 * The engine has no native UTF-8 codec for scripts, but its base64 is native, and a script that copies a
 * string byte by byte takes 0.3 µs a byte. So text takes a detour through base64: 1 to 2 µs for 100 bytes.
 *
 * @module
 */

import { decodeUtf8Lossy } from './web/utf8.ts'

/**
 * Whether `handle` may return its answer instead of a promise. componentize-qjs traps when an async export
 * does.
 */
export const answersAtOnce: boolean = false

const NON_ASCII = /[\x80-\uffff]/

// Base64 methods of Uint8Array are newer than the type library.
interface Base64Bytes extends Uint8Array<ArrayBuffer> {
  toBase64(): string
}
interface Base64Constructor {
  fromBase64(text: string): Uint8Array<ArrayBuffer>
}

const bytesOf = Uint8Array as unknown as Base64Constructor
const { btoa, atob } = globalThis

/** Returns `text` in UTF-8. Lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  if (NON_ASCII.test(text)) return bytesOf.fromBase64(btoa(toByteString(text)))
  return bytesOf.fromBase64(btoa(text))
}

/** Returns the body of an answer with the text `text`. */
export function toAnswerBody(text: string): Uint8Array | string {
  return encodeUtf8(text)
}

/** Answers with a text, in place of a record that `handle` returns. Nothing where the engine takes only records. */
export const answerNow:
  ((status: number, headers: [string, string][], text: string) => void) | undefined = undefined

/** Returns the value of a fulfilled `promise` when no job is left to run. This engine cannot tell. */
export function settledValue(_promise: unknown): unknown {
  return undefined
}

/** Has `listener` called once the caller has gone. This engine is not told. */
export function onCancel(_listener: () => void): () => void {
  return () => {}
}

/** Has `listener` called with the reason of each rejection that nothing handles. This engine does not say. */
export function onRejection(_listener: (reason: unknown) => void): void {}

/** Has the request go on after its answer. Nothing where the answer ends it. */
export const stay: ((stays: boolean) => void) | undefined = undefined

/** Decodes `bytes` as UTF-8, malformed parts as U+FFFD. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  const text = decodeLatin1(bytes)
  if (!NON_ASCII.test(text)) return text
  try {
    return decodeURIComponent(escape(text))
  } catch {
    return decodeUtf8Lossy(bytes)
  }
}

/** Returns the value of a JSON text; `undefined` when it is to be parsed as a string, as always in this engine. */
export function parseJson(_bytes: Uint8Array): unknown {
  return undefined
}

/** Returns one character for each byte. */
export function decodeLatin1(bytes: Uint8Array): string {
  return atob((bytes as Base64Bytes).toBase64())
}

/** Returns the error case a host function reported, or nothing when `error` is something else. */
export function hostErrorCase(error: unknown): string | undefined {
  // Not `instanceof Error`: the engines disagree about the class.
  if (typeof error !== 'object' || error === null || !('payload' in error)) return undefined
  return typeof error.payload === 'string' ? error.payload : undefined
}

// The engine does not report an empty job queue, so the library waits a fixed number of turns instead. While the agent
// waits for the host, a chain of more promises than this continues only after that wait.
const QUIET_TURNS = 32

/** Resolves when the promise jobs that could run have run. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < QUIET_TURNS; turn++) await undefined
}

function toByteString(text: string): string {
  return unescape(encodeURIComponent(text.toWellFormed()))
}
