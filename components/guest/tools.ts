/**
 * Calling other agents: any number at a time.
 *
 * @module
 */

import { hostBlobOf, toHandle, type BlobHandle } from './blobs.ts'
import { CapabilityError } from './capability-error.ts'
import { toolCancel, toolStart, toolTake, toolTakeBlob } from './host-tools.ts'
import { awaitPending, awaitUnlessAborted } from './loop.ts'

/** What a call of a tool takes beside its input. */
export interface ToolCallOptions {
  /**
   * Blobs for the tool beside its input, by reference: the tool finds them in `env.blobs.given`.
   *
   * @default none
   */
  blobs?: readonly BlobHandle[]
  /**
   * Stops the tool when it is aborted.
   *
   * @default only the end of the request does
   */
  signal?: AbortSignal
}

/** Other agents the manifest grants, by the names it has for them. */
export interface Tools {
  /**
   * Calls a tool with a JSON value and returns its result, also a JSON value. The tool gets a `POST` with `input` as its
   * JSON body. Several calls at once run side by side.
   *
   * Rejects with a `CapabilityError`.
   */
  call<T = unknown>(tool: string, input?: unknown, options?: ToolCallOptions): Promise<T>
  /** The same, but the result stays outside of the agent: hand it to another tool, or read it when it is needed. */
  callForBlob(tool: string, input?: unknown, options?: ToolCallOptions): Promise<BlobHandle>
}

const NONE: readonly BlobHandle[] = []

export const tools: Tools = {
  async call<T>(tool: string, input: unknown = null, options: ToolCallOptions = {}): Promise<T> {
    const name = String(tool)
    const { pending, ready } = start(name, input, options)
    const result = ready
      ? toolTake(pending, name)
      : await takeLater(pending, () => toolTake(pending, name), options)
    try {
      return JSON.parse(result) as T
    } catch {
      const message = `Cannot call tool "${name}": its result is not JSON`
      throw new CapabilityError('tools', 'failed', message)
    }
  },

  async callForBlob(tool, input = null, options = {}) {
    const name = String(tool)
    const { pending, ready } = start(name, input, options)
    if (ready) return toHandle(toolTakeBlob(pending, name))
    return toHandle(await takeLater(pending, () => toolTakeBlob(pending, name), options))
  },
}

function start(
  tool: string,
  input: unknown,
  { blobs = NONE, signal }: ToolCallOptions,
): { pending: number; ready: boolean } {
  const text = JSON.stringify(input) as string | undefined
  if (text === undefined) throw new TypeError('Cannot call a tool: its input is not JSON')
  signal?.throwIfAborted()
  return toolStart(tool, text, blobs.length === 0 ? [] : blobs.map(hostBlobOf))
}

function takeLater<T>(pending: number, take: () => T, { signal }: ToolCallOptions): Promise<T> {
  const cancel = (): void => toolCancel(pending)
  return signal === undefined
    ? awaitPending(pending, take, cancel)
    : awaitUnlessAborted(pending, take, cancel, signal)
}
