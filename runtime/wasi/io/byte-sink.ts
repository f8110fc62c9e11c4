/**
 * Sinks of bytes for output streams.
 *
 * @module
 */
import type { GuestSink } from './output-stream.ts'

// More than any guest writes at once, and small enough to be a length in JavaScript.
const UNBOUNDED_ROOM = 1_048_576

/** Hands everything to `write` at once. */
export function sinkOf(write: (bytes: Uint8Array) => void, close?: () => void): GuestSink {
  return {
    room: () => UNBOUNDED_ROOM,
    write,
    wait: () => Promise.resolve(),
    ...(close === undefined ? {} : { close }),
  }
}

/** Takes everything and keeps nothing. */
export const DISCARD: GuestSink = sinkOf(() => {})

// A line that never ends is cut here, so that it is seen before the guest ends.
const MAX_LINE_BYTES = 8192
const NEWLINE = 10

/** Splits written bytes into lines of text. The last line needs no newline. */
export function lineSink(writeLine: (line: string) => void): { sink: GuestSink; end: () => void } {
  const decoder = new TextDecoder()
  let pending: Uint8Array[] = []
  let length = 0

  function emit(): void {
    const text = pending.map((part) => decoder.decode(part, { stream: true })).join('')
    pending = []
    length = 0
    writeLine(text + decoder.decode())
  }

  return {
    sink: sinkOf((bytes) => {
      let rest = bytes
      for (;;) {
        const at = rest.indexOf(NEWLINE)
        const part = at === -1 ? rest : rest.subarray(0, at)
        pending.push(part)
        length += part.byteLength
        if (at === -1) break
        emit()
        rest = rest.subarray(at + 1)
      }
      if (length === 0) pending = []
      else if (length >= MAX_LINE_BYTES) emit()
    }),
    end() {
      if (length > 0) emit()
    },
  }
}
