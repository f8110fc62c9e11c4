/**
 * Calling other agents, several at once, for agents that wait with a stack.
 *
 * Functions that an agent uses here become imports, so an agent that calls tools needs a grant for some.
 *
 * @module
 */

import { Blob } from './blob.as'
import { toolsCallAsync, toolsCallForBlobAsync } from './imports.gen.as'
import { RETURNED, waitFor } from './subtask.as'
import { lowerBlobList, toolsBlobResult, toolsError } from './types.gen.as'
import { liftBytes, lowerBytes, lowerText } from './values.as'

// A text and two lists.
const PARAMS_BYTES: usize = 24
// `result<string, error>`, the longer one of both results.
const RESULT_BYTES: usize = 12

/** A call of a tool that is under way: those started before one is taken run at once. */
class Started {
  /** Why it gave no result, as `error` of tools.wit names it; empty when all is well. */
  error: string = ''
  protected readonly params: usize = heap.alloc(PARAMS_BYTES)
  protected readonly out: usize = heap.alloc(RESULT_BYTES)
  private isTaken: bool = false

  constructor(tool: string, input: Uint8Array, blobs: Blob[]) {
    lowerText(tool, this.params)
    lowerBytes(input, this.params + 8)
    lowerBlobList(blobs, this.params + 16)
  }

  /** Waits for the end of the call. Returns whether its result is there and was not taken before. */
  protected wait(status: u32): bool {
    if (this.isTaken) {
      this.error = 'unknown'
      return false
    }
    this.isTaken = true
    if ((status & 15) !== RETURNED) waitFor(status >>> 4)
    if (load<u8>(this.out) !== 0) this.error = toolsError(load<u8>(this.out, 4))
    return this.error.length === 0
  }
}

/** A call whose result is a JSON text. */
export class ToolCall extends Started {
  private readonly status: u32

  /** Calls `tool` with a JSON text, and hands it `blobs`. */
  constructor(tool: string, input: Uint8Array, blobs: Blob[] = []) {
    super(tool, input, blobs)
    this.status = toolsCallAsync(this.params, this.out)
  }

  /** Waits for the result; null when there is none, and `error` says why. */
  take(): Uint8Array | null {
    return this.wait(this.status) ? liftBytes(load<usize>(this.out, 4), load<usize>(this.out, 8)) : null
  }
}

/** The same, but the result stays outside. */
export class BlobCall extends Started {
  private readonly status: u32

  /** Calls `tool` with a JSON text, and hands it `blobs`. */
  constructor(tool: string, input: Uint8Array, blobs: Blob[] = []) {
    super(tool, input, blobs)
    this.status = toolsCallForBlobAsync(this.params, this.out)
  }

  /** Waits for the result; null when there is none, and `error` says why. */
  take(): Blob | null {
    return this.wait(this.status) ? toolsBlobResult(this.out).value : null
  }
}
