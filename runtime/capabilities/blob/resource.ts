/**
 * Bytes the host keeps for one invocation: the resource `blob` as guests see it.
 *
 * A guest names what it calls in its imports, with types of its own choosing, so every method here can be
 * called by anyone who holds a blob. What the host may do beyond WIT, which is to look into a blob that its
 * holder may not read, is in functions beside the class, which no import can name.
 *
 * @module
 */
import { BODIES_HINT, GuestError, type InvocationContext } from '../../host-module/index.ts'

export interface BlobOptions {
  /** Whose it is: it ends with this invocation. */
  readonly context: InvocationContext
  /** What it is, for the record: the tool whose result it was. */
  readonly name: string
  /**
   * Who may be handed a blob that its holder may not read: tools by name, or `true` for any.
   *
   * @default its holder may read it
   */
  readonly onlyFor?: true | readonly string[] | undefined
}

// Tells the host's own calls of the constructor from those of a guest that declares one.
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
 * Makes a blob of `content`, which must not change any more. Spends no budget; the bytes are among those that the
 * invocation holds already, and no longer once the blob is gone.
 */
export function openBlob(content: Uint8Array, options: BlobOptions): Blob {
  return new Blob(KEY, content, options)
}

/**
 * The content of `blob`, for `tool` to be given; `undefined` when its holder may not hand it to that one.
 *
 * @throws {TypeError} for what is no blob: a guest may have declared its imports with other types
 */
export function contentFor(blob: unknown, tool: string): Uint8Array | undefined {
  if (!isBlob(blob)) throw new TypeError('Cannot hand on a value: it is no blob')
  return mayReceive(blob, tool) ? (contentOf(blob) ?? gone()) : undefined
}

/**
 * The content of `blob`, for its holder to do `action` with.
 *
 * @throws {GuestError} `denied` when its holder may not read it
 * @throws {TypeError} for what is no blob
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

/** The blobs of an invocation: what it drops is forgotten, however many it makes, and the rest when it ends. */
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
