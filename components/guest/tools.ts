/**
 * Calling other agents: any number at a time.
 *
 * @module
 */

import { hostBlobOf, toHandle, type BlobHandle } from './blobs.ts'
import { CapabilityError } from './capability-error.ts'
import type { Granted } from './granted.ts'
import type { HostBlob } from './host-blobs.ts'
import { toolCall, toolCallForBlob } from './work.ts'

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

/** The names of `capabilities.tools`, each with the types of its input and its result. */
export type ToolTypes = Granted<'tools', Record<string, { input: unknown; output: unknown }>>

/** The name of a tool that the manifest grants. */
export type ToolName = keyof ToolTypes & string

/** Names of tools whose result has no type. */
export type UntypedTool = {
  [Name in ToolName]: unknown extends ToolTypes[Name]['output'] ? Name : never
}[ToolName]

/** Other agents the manifest grants, by the names it has for them. */
export interface Tools {
  /**
   * Calls a tool with a JSON value and returns its result, also a JSON value. The tool gets a `POST` with `input` as its
   * JSON body. Several calls at once run side by side. `NAME#FUNCTION` calls a function of the tool instead, if
   * `functions` of its grant names it.
   *
   * Rejects with a `CapabilityError`.
   */
  call<Name extends ToolName>(
    tool: Name,
    input?: ToolTypes[Name]['input'],
    options?: ToolCallOptions,
  ): Promise<ToolTypes[Name]['output']>
  /** The same, where the caller says the type of the result. */
  call<T>(tool: UntypedTool, input?: unknown, options?: ToolCallOptions): Promise<T>
  /** The same, but the result stays outside of the agent: hand it to another tool, or read it when it is needed. */
  callForBlob<Name extends ToolName>(
    tool: Name,
    input?: ToolTypes[Name]['input'],
    options?: ToolCallOptions,
  ): Promise<BlobHandle>
}

const NONE: readonly BlobHandle[] = []

export const tools: Tools = {
  async call<T>(tool: string, input: unknown = null, options: ToolCallOptions = {}): Promise<T> {
    const name = String(tool)
    const result = await toolCall(name, toText(input), toBlobs(options), options.signal)
    try {
      return JSON.parse(result) as T
    } catch {
      const message = `Cannot call tool "${name}": its result is not JSON`
      throw new CapabilityError('tools', 'failed', message)
    }
  },

  async callForBlob(tool: string, input: unknown = null, options: ToolCallOptions = {}) {
    const blobs = toBlobs(options)
    return toHandle(await toolCallForBlob(String(tool), toText(input), blobs, options.signal))
  },
}

function toText(input: unknown): string {
  const text = JSON.stringify(input) as string | undefined
  if (text === undefined) throw new TypeError('Cannot call a tool: its input is not JSON')
  return text
}

/** The blobs to hand over. Throws when the call is given up already. */
function toBlobs({ blobs = NONE, signal }: ToolCallOptions): HostBlob[] {
  signal?.throwIfAborted()
  return blobs.length === 0 ? [] : blobs.map(hostBlobOf)
}
