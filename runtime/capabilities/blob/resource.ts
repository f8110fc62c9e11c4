/**
 * Bytes the host keeps for one invocation: the resource `blob` as guests see it.
 *
 * A guest names methods in its imports, with types of its own choice, so every holder of a blob can call every method
 * here. The host may do more than the WIT has: it may look into a blob that its holder may not read. That is in functions
 * beside the class, which no import can name.
 *
 * @module
 */
import { BODIES_HINT, GuestError, type InvocationContext } from '../../host-module/index.ts'

export interface BlobOptions {
  /** The invocation that owns it; the blob ends with it. */
  readonly context: InvocationContext
  /** Its origin, for the record: the tool that returned it. */
  readonly name: string
  /**
   * Tools that may get a blob that its holder may not read: by name, or `true` for any.
   *
   * @default its holder may read it
   */
  readonly onlyFor?: true | readonly string[] | undefined
}

// Marks the host's own calls of the constructor: a guest may declare one too.
const KEY = Symbol('blob')

let contentOf: (blob: Blob) => Uint8Array | undefined
let mayReceive: (blob: Blob, tool: string) => boolean
let read: (blob: Blob, action: string) => Uint8Array
let isBlob: (value: unknown) => value is Blob

export class Blob implements Disposable {
  #content: Uint8Array | undefined
  readonly #options: BlobOptions

  static {
    contentOf = (blob) => blob.#content
    mayReceive = (blob, tool) => {
      const { onlyFor = true } = blob.#options
      return onlyFor === true || onlyFor.includes(tool)
    }
    read = (blob, action) => blob.#readable(action)
    isBlob = (value): value is Blob =>
      typeof value === 'object' && value !== null && #content in value
  }

  constructor(key: symbol, content: Uint8Array, options: BlobOptions) {
    if (key !== KEY) throw new TypeError('Cannot construct a blob: "make" makes them')
    this.#content = content
    this.#options = options
    heldIn(options.context).add(this)
  }

  size(): number {
    return this.#readable('size').byteLength
  }

  read(offset: number, length: number): Uint8Array {
    return this.#readable('read').subarray(offset, offset + length)
  }

  [Symbol.dispose](): void {
    const { context } = this.#options
    context.held.give(this.#content?.byteLength ?? 0)
    this.#content = undefined
    heldIn(this.#options.context).delete(this)
  }

  #readable(action: string): Uint8Array {
    const { context, name, onlyFor } = this.#options
    if (onlyFor !== undefined) {
      const hint = `Take "opaque" out of the grant of "${name}" in capabilities.tools`
      context.record({ capability: 'blob', action, target: name, outcome: 'denied', hint })
      throw new GuestError('denied')
    }
    return this.#content ?? gone()
  }
}

/**
 * Makes a blob of `content`, which must not change any more. It spends no budget: the invocation holds these bytes
 * already, and gives them back when the blob ends.
 */
export function openBlob(content: Uint8Array, options: BlobOptions): Blob {
  return new Blob(KEY, content, options)
}

/**
 * Returns the content of `blob` for `tool`; `undefined` when its holder may not hand it to that tool.
 *
 * @throws {TypeError} when `blob` is not a blob: a guest may have declared its imports with other types
 */
export function contentFor(blob: unknown, tool: string): Uint8Array | undefined {
  if (!isBlob(blob)) throw new TypeError('Cannot hand on a value: it is no blob')
  return mayReceive(blob, tool) ? (contentOf(blob) ?? gone()) : undefined
}

/**
 * Returns the content of `blob` for its holder, to do `action` with it.
 *
 * @throws {GuestError} `denied` when its holder may not read it
 * @throws {TypeError} when `blob` is not a blob
 */
export function contentOfBlob(blob: unknown, action: string): Uint8Array {
  if (!isBlob(blob)) throw new TypeError(`Cannot ${action} a value: it is no blob`)
  return read(blob, action)
}

/** Makes a blob of bytes that the agent has not had. @throws {GuestError} `limited` for want of budget */
export function keepAsBlob(content: Uint8Array, context: InvocationContext, name: string): Blob {
  const bytes = content.byteLength
  const isInBudget = context.budget.take('blobBytes', bytes)
  if (isInBudget && context.held.take(bytes)) return openBlob(content, { context, name })
  const about = { capability: 'blob', action: 'make', target: name } as const
  const hint = isInBudget ? BODIES_HINT : 'Raise limits.blobBytes'
  context.record({ ...about, outcome: 'limited', hint, bytesIn: bytes })
  throw new GuestError('limited')
}

const held = new WeakMap<InvocationContext, Set<Blob>>()

/** The blobs of an invocation: a dropped blob leaves the set at once, the others when the invocation ends. */
function heldIn(context: InvocationContext): Set<Blob> {
  let blobs = held.get(context)
  if (blobs === undefined) {
    const fresh = new Set<Blob>()
    context.defer(() => {
      for (const blob of fresh) blob[Symbol.dispose]()
    })
    held.set(context, fresh)
    blobs = fresh
  }
  return blobs
}

function gone(): never {
  throw new TypeError('Cannot use a blob: its invocation has ended')
}
