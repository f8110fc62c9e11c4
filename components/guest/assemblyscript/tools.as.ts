/**
 * Calling other agents, and the blobs that are handed to them.
 *
 * Functions that an agent uses here become imports, so an agent that calls tools needs a grant for some. Handles are
 * not given back: they end with the request.
 *
 * @module
 */

@external('mayfly:agent/tools@0.1.0', 'start') declare function toolsStart(tool: usize, toolLength: usize, input: usize, inputLength: usize, blobs: usize, count: usize, out: usize): void
@external('mayfly:agent/tools@0.1.0', 'take') declare function toolsTake(pending: u32, out: usize): void
@external('mayfly:agent/tools@0.1.0', 'take-blob') declare function toolsTakeBlob(pending: u32, out: usize): void
@external('mayfly:agent/blob@0.1.0', 'make') declare function blobMake(content: usize, length: usize, out: usize): void
@external('mayfly:agent/blob@0.1.0', 'given') declare function blobGiven(out: usize): void
@external('mayfly:agent/blob@0.1.0', '[method]blob.size') declare function blobSize(blob: u32, out: usize): void
@external('mayfly:agent/blob@0.1.0', '[method]blob.read') declare function blobRead(blob: u32, offset: u32, length: u32, out: usize): void

// The longest result of these, `result<started, error>`, has 12 bytes.
const OUT_BYTES: usize = 16

/** Bytes that the host keeps, until the request ends. */
export class Blob {
  constructor(readonly handle: u32) {}

  /** Makes the host keep `content`; null when the budget is spent. */
  static make(content: Uint8Array): Blob | null {
    const out = heap.alloc(OUT_BYTES)
    blobMake(content.dataStart, content.length, out)
    return load<u8>(out) === 0 ? new Blob(load<u32>(out, 4)) : null
  }

  /** The blobs that the caller handed over, in the caller's order. */
  static given(): Blob[] {
    const out = heap.alloc(OUT_BYTES)
    blobGiven(out)
    const list = load<usize>(out)
    const blobs = new Array<Blob>()
    for (let i: usize = 0; i < load<usize>(out, 4); i++) blobs.push(new Blob(load<u32>(list + i * 4)))
    return blobs
  }

  /** How many bytes it has; -1 when this agent may only hand it on. */
  get size(): i64 {
    const out = heap.alloc(OUT_BYTES)
    blobSize(this.handle, out)
    return load<u8>(out) === 0 ? <i64>load<u32>(out, 4) : -1
  }

  /** `length` bytes from `offset` on, or as many as there are; null when this agent may only hand it on. */
  read(offset: u32 = 0, length: u32 = u32.MAX_VALUE): Uint8Array | null {
    const out = heap.alloc(OUT_BYTES)
    blobRead(this.handle, offset, length, out)
    return load<u8>(out) === 0 ? bytesAt(load<usize>(out, 4), load<usize>(out, 8)) : null
  }
}

/** A call of a tool that is under way: those started before one is taken run at once. */
export class ToolCall {
  /** Why it could not be started or gave no result, as `error` of tools.wit names it; empty when all is well. */
  error: string = ''
  private pending: u32 = 0

  /** Calls `tool` with a JSON text, and hands it `blobs`. */
  constructor(tool: string, input: Uint8Array, blobs: Blob[] = []) {
    const name = String.UTF8.encode(tool)
    const handles = heap.alloc(<usize>blobs.length * 4 + 4)
    for (let i = 0; i < blobs.length; i++) store<u32>(handles + <usize>i * 4, blobs[i].handle)
    const out = heap.alloc(OUT_BYTES)
    toolsStart(changetype<usize>(name), name.byteLength, input.dataStart, input.length, handles, blobs.length, out)
    if (load<u8>(out) === 0) this.pending = load<u32>(out, 4)
    else this.error = nameOf(load<u8>(out, 4))
  }

  /** Waits for the result; null when there is none, and `error` says why. */
  take(): Uint8Array | null {
    if (this.error.length > 0) return null
    const out = heap.alloc(OUT_BYTES)
    toolsTake(this.pending, out)
    if (load<u8>(out) === 0) return bytesAt(load<usize>(out, 4), load<usize>(out, 8))
    this.error = nameOf(load<u8>(out, 4))
    return null
  }

  /** The same, but the result stays outside. */
  takeBlob(): Blob | null {
    if (this.error.length > 0) return null
    const out = heap.alloc(OUT_BYTES)
    toolsTakeBlob(this.pending, out)
    if (load<u8>(out) === 0) return new Blob(load<u32>(out, 4))
    this.error = nameOf(load<u8>(out, 4))
    return null
  }
}

function nameOf(error: u8): string {
  switch (error) {
    case 0: return 'denied'
    case 1: return 'limited'
    case 2: return 'malformed'
    case 3: return 'failed'
    case 4: return 'unavailable'
    default: return 'unknown'
  }
}

function bytesAt(pointer: usize, length: usize): Uint8Array {
  const bytes = new Uint8Array(<i32>length)
  memory.copy(bytes.dataStart, pointer, length)
  return bytes
}
