/**
 * Buffers that a source of bytes fills, as in the Streams standard: of a BYOB reader that gave it, or made for a reader that
 * gives none.
 *
 * @module
 */

type MadeView = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView

/** A buffer to fill, and where. All numbers are bytes. */
export interface PullInto {
  buffer: ArrayBuffer
  /** How long the buffer was when it was given. */
  readonly bufferLength: number
  readonly offset: number
  readonly length: number
  filled: number
  /** How much has to be there before the reader gets it. */
  readonly minimum: number
  readonly elementSize: number
  readonly make: MadeView
  /** The kind of the reader that gets it; `none` once that reader has let go. */
  owner: 'default' | 'byob' | 'none'
}

/** A buffer of `length` bytes for a reader that gives none. */
export function ownPullInto(length: number): PullInto {
  return {
    buffer: new ArrayBuffer(length),
    bufferLength: length,
    offset: 0,
    length,
    filled: 0,
    minimum: 1,
    elementSize: 1,
    make: Uint8Array,
    owner: 'default',
  }
}

/**
 * Takes the buffer of `view`.
 *
 * @param least - in elements
 * @throws {TypeError} when it cannot be taken away from its owner
 */
export function pullIntoOf(view: ArrayBufferView, least: number): PullInto {
  const { byteOffset: offset, byteLength: length } = view
  const elementSize = view instanceof DataView ? 1 : (view as Uint8Array).BYTES_PER_ELEMENT
  // By its kind: an agent may have made a class of its own of it.
  const kind = view instanceof DataView ? 'DataView' : view[Symbol.toStringTag as never]
  const make = Reflect.get(globalThis, kind) as MadeView
  const buffer = takeBuffer(view.buffer)
  const bufferLength = buffer.byteLength
  const minimum = least * elementSize
  return {
    buffer,
    bufferLength,
    offset,
    length,
    filled: 0,
    minimum,
    elementSize,
    make,
    owner: 'byob',
  }
}

/** The part of `pull` that is filled, in a buffer that the source has no more. */
export function filledView(pull: PullInto): ArrayBufferView {
  const { make, offset, filled, elementSize } = pull
  return new make(takeBuffer(pull.buffer), offset, filled / elementSize)
}

/**
 * Moves `buffer` into one that its owner does not have.
 *
 * @throws {TypeError} when it was moved before, or is shared
 */
export function takeBuffer(buffer: ArrayBufferLike): ArrayBuffer {
  if (!(buffer instanceof ArrayBuffer)) {
    throw new TypeError('Cannot take the buffer of a view: it is shared')
  }
  if (buffer.detached) throw new TypeError('Cannot take the buffer of a view: it was moved away')
  return buffer.transfer()
}
