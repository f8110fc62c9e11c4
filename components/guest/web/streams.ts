/**
 * The streams of the Streams standard, from a library that passes its tests.
 *
 * @module
 */

import * as ponyfill from 'web-streams-polyfill'

// The library's own types differ from those of the platform in variance only.
export const ReadableStream = ponyfill.ReadableStream as unknown as typeof globalThis.ReadableStream
export type ReadableStream<T = unknown> = globalThis.ReadableStream<T>
export const WritableStream = ponyfill.WritableStream as unknown as typeof globalThis.WritableStream
export const TransformStream =
  ponyfill.TransformStream as unknown as typeof globalThis.TransformStream
export const ByteLengthQueuingStrategy =
  ponyfill.ByteLengthQueuingStrategy as unknown as typeof globalThis.ByteLengthQueuingStrategy
export const CountQueuingStrategy =
  ponyfill.CountQueuingStrategy as unknown as typeof globalThis.CountQueuingStrategy
