/**
 * The resource `blob` for scripts.
 *
 * To a script a blob is an object, and only this file knows its handle. So a handle that arrives in the adapter was not
 * made up by a script, unless it has changed what arrays do: the host checks each.
 *
 * @module
 */
import { natives, type Later } from './natives.ts'
import { isPending, when, whenOver } from './pending.ts'

const NO_HANDLES: number[] = []

/** Returns the handle. Throws when the blob was dropped. */
export let handleOf: (blob: Blob) => number
let lend: (blob: Blob) => number
let takeBack: (blob: Blob) => void

/** The resource `blob`. A script cannot make one up: its handle is in a field that only this class has. */
export class Blob {
  #handle: number
  /** Calls of tools that have it. The host does not take back what it has lent. */
  #lent = 0
  #dropped = false

  static {
    lend = (blob) => {
      const handle = handleOf(blob)
      blob.#lent++
      return handle
    }
    takeBack = (blob) => {
      if (--blob.#lent === 0 && blob.#dropped) blob.#giveBack()
    }
    handleOf = (blob) => {
      if (blob.#dropped) throw new TypeError('Cannot use a blob: it was dropped')
      return blob.#handle
    }
  }

  constructor(handle: number, key: typeof natives) {
    // Which no script has.
    if (key !== natives) throw new TypeError('Cannot construct a blob: "make" makes them')
    this.#handle = handle
  }

  size(): number {
    return natives.blobSize(handleOf(this))
  }

  read(offset: number, length: number): Uint8Array {
    return natives.blobRead(handleOf(this), offset, length)
  }

  /** Gives it back. The second time it does nothing. */
  drop(): void {
    if (this.#dropped) return
    this.#dropped = true
    if (this.#lent === 0) this.#giveBack()
  }

  #giveBack(): void {
    natives.blobDrop(this.#handle)
  }
}

/** Calls a tool that has `blobs` meanwhile. */
export function lending<Value, Result>(
  blobs: readonly Blob[],
  call: (handles: number[]) => Later<Value>,
  make: (value: Value) => Result,
): Later<Result> {
  if (blobs.length === 0) return when(call(NO_HANDLES), make)
  const lent = [...blobs]
  lent.forEach(handleOf)
  const handles = lent.map(lend)
  const end = (): void => lent.forEach(takeBack)
  let waits = false
  try {
    const value = call(handles)
    waits = isPending(value)
    if (waits) whenOver(end)
    return when(value, make)
  } finally {
    if (!waits) end()
  }
}
