/**
 * `wasi:http/types` fields: headers and trailers, checked when they are set and bounded in number and size.
 *
 * Fields never hold headers that frame a message or belong to a connection, from any source: a guest may make a message
 * of any fields.
 *
 * @module
 */
import { GuestError, type InvocationContext } from '../../host-module/index.ts'
import {
  CONNECTION_FIELDS,
  endToEnd,
  isFieldName,
  isFieldValue,
  PROXY_FIELDS,
} from '../../policy/index.ts'

type HeaderError = { readonly tag: 'invalid-syntax' | 'forbidden' | 'immutable' | 'size-exceeded' }

/** The error for too many or too large fields: WASI 0.2 has no better word. */
export type SizeError = 'forbidden' | 'size-exceeded'
type Entry = [name: string, value: Uint8Array]

// The bounds of common servers: Apache and nginx stop at 100 and at 32 KiB, gateways at more.
const MAX_FIELDS = 1024
const MAX_FIELDS_BYTES = 131_072
// Cost of an entry beside its text, as HTTP/2 counts it: https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2
const FIELD_OVERHEAD_BYTES = 32

// All that the guest of one invocation holds at once: they are memory of the host.
const BUDGET_BYTES = 4_194_304

// Longer than any name in use. The log does not need more of a name that a guest made up.
const MAX_NOTED_NAME = 64

/** Bytes that all fields of one invocation may still take. */
export interface HeaderBudget {
  leftBytes: number
  /** Notes, for the operator, that the guest may not set the field `name`. */
  readonly refused?: (name: string, reason: string) => void
  /**
   * Called with the number of fields that were searched or copied.
   *
   * @default not called
   */
  readonly onScan?: (fields: number) => void
}

const budgets = new WeakMap<InvocationContext, HeaderBudget>()

export function budgetOf(context: InvocationContext): HeaderBudget {
  let budget = budgets.get(context)
  if (budget === undefined) {
    budget = {
      leftBytes: BUDGET_BYTES,
      refused: (name, hint) => {
        const target = name.slice(0, MAX_NOTED_NAME)
        context.record({
          capability: 'http-types',
          action: 'set-field',
          target,
          outcome: 'failed',
          hint,
        })
      },
      onScan: (fields) => context.work('byte', fields * FIELD_OVERHEAD_BYTES),
    }
    budgets.set(context, budget)
  }
  return budget
}

export function fieldsFrom(
  entries: readonly Entry[],
  budget: HeaderBudget,
  sizeError?: SizeError,
): Fields {
  const fields = new Fields(budget, sizeError)
  for (const [name, value] of entries) fields.append(name, value)
  return fields
}

// They frame the message or route the connection: both belong to the host.
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...CONNECTION_FIELDS,
  ...PROXY_FIELDS,
  // Server adapters keep headers in objects, and lose this one without a word.
  '__proto__',
  'host',
])

// Of the connection too, and a guest's to set: whether it wants trailers, and which it will send.
const ALLOWED: ReadonlySet<string> = new Set(['te', 'trailer'])

// As many as a number can be exact with.
const DIGITS = /^\d{1,15}$/

// Other codings of a message would have to be undone by the host.
const ALLOWED_TE = 'trailers'

/** The entries with a character a byte, as the Web APIs have them. */
export let pairsOf: (fields: Fields) => [string, string][]

/** Returns a copy that cannot be changed. */
export let freeze: (fields: Fields) => Fields

/**
 * Returns the fields of a message from outside, without fields of its connection. The `host` of a request is in its
 * authority.
 *
 * @param headers - with names in lower case
 * @throws {GuestError} when there are more fields than a guest may get
 */
export let receivedFields: (
  headers: Iterable<[string, string]>,
  budget: HeaderBudget,
  sizeError?: SizeError,
) => Fields

/** Makes `fields` unchangeable: they are part of a message now, and the guest has no handle to them any more. */
export let seal: (fields: Fields) => Fields

export class Fields implements Disposable {
  readonly #budget: HeaderBudget
  #entries: Entry[] = []
  #bytes = 0
  #immutable = false
  readonly #sizeError: SizeError

  constructor(budget: HeaderBudget, sizeError: SizeError = 'forbidden') {
    this.#budget = budget
    this.#sizeError = sizeError
  }

  get(name: string): Uint8Array[] {
    const key = name.toLowerCase()
    this.#scan()
    return this.#entries.flatMap(([each, value]) => (each === key ? [value] : []))
  }

  has(name: string): boolean {
    const key = name.toLowerCase()
    this.#scan()
    return this.#entries.some(([each]) => each === key)
  }

  set(name: string, values: readonly Uint8Array[]): void {
    const key = this.#admit(name)
    for (const value of values) this.#checkValue(key, value)
    this.#remove(key)
    for (const value of values) this.#add(key, value)
  }

  delete(name: string): void {
    this.#remove(this.#admit(name))
  }

  getAndDelete(name: string): Uint8Array[] {
    const key = this.#admit(name)
    const values = this.get(key)
    this.#remove(key)
    return values
  }

  append(name: string, value: Uint8Array): void {
    const key = this.#admit(name)
    this.#checkValue(key, value)
    this.#add(key, value)
  }

  entries(): Entry[] {
    return this.#entries.map(([name, value]) => [name, value])
  }

  copyAll(): Entry[] {
    return this.entries()
  }

  clone(): Fields {
    this.#scan()
    const copy = new Fields(this.#budget, this.#sizeError)
    for (const [name, value] of this.#entries) copy.#add(name, value)
    return copy
  }

  #admit(name: string): string {
    if (this.#immutable) refuse('immutable')
    const key = name.toLowerCase()
    if (!isFieldName(key)) refuse('invalid-syntax')
    if (FORBIDDEN.has(key) && !ALLOWED.has(key))
      this.#forbid(key, 'Leave it out: the host sets what belongs to a connection')
    return key
  }

  // A guest chooses the types of its imports, so a value that is counted in bytes must be checked.
  #checkValue(name: string, value: unknown): void {
    if (!(value instanceof Uint8Array)) throw new TypeError('Cannot set field: not a list of bytes')
    const text = latin1(value)
    if (!isFieldValue(text)) refuse('invalid-syntax')
    if (name === 'te' && text.trim().toLowerCase() !== ALLOWED_TE)
      this.#forbid(name, `Set it to "${ALLOWED_TE}": the host takes no other coding`)
  }

  #forbid(name: string, reason: string, tag: HeaderError['tag'] = 'forbidden'): never {
    this.#budget.refused?.(name, reason)
    refuse(tag)
  }

  #add(name: string, value: Uint8Array): void {
    const bytes = name.length + value.byteLength + FIELD_OVERHEAD_BYTES
    const isTooMuch =
      this.#entries.length >= MAX_FIELDS ||
      this.#bytes + bytes > MAX_FIELDS_BYTES ||
      this.#budget.leftBytes < bytes
    if (isTooMuch) this.#forbid(name, 'Set fewer or shorter fields', this.#sizeError)
    this.#bytes += bytes
    this.#budget.leftBytes -= bytes
    this.#entries.push([name, value])
  }

  #scan(): void {
    this.#budget.onScan?.(this.#entries.length)
  }

  #remove(name: string): void {
    this.#scan()
    this.#entries = this.#entries.filter(([each, value]) => {
      if (each === name) this.#giveBack(name.length + value.byteLength + FIELD_OVERHEAD_BYTES)
      return each !== name
    })
  }

  #giveBack(bytes: number): void {
    this.#bytes -= bytes
    this.#budget.leftBytes += bytes
  }

  /** Its budget only: a message that was made from it still has the entries. */
  [Symbol.dispose](): void {
    if (!this.#immutable) this.#giveBack(this.#bytes)
  }

  static {
    pairsOf = (fields) => fields.#entries.map(([name, value]) => [name, latin1(value)])
    freeze = (fields) => {
      const frozen = fields.clone()
      frozen.#immutable = true
      return frozen
    }
    seal = (fields) => {
      fields.#immutable = true
      return fields
    }
    receivedFields = (headers, budget, sizeError) => {
      const fields = new Fields(budget, sizeError)
      for (const [name, value] of endToEnd(headers))
        if (name !== 'host') fields.#add(name, bytesOf(value))
      fields.#immutable = true
      return fields
    }
  }
}

/** The number in `content-length`, when there is one, and it is all that the field says. */
export function contentLengthOf(fields: Fields): number | undefined {
  const [value, ...more] = fields.get('content-length')
  if (value === undefined || more.length > 0) return undefined
  const digits = latin1(value)
  return DIGITS.test(digits) ? Number(digits) : undefined
}

function refuse(tag: HeaderError['tag']): never {
  throw new GuestError<HeaderError>({ tag })
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
