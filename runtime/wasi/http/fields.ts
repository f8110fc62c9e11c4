/**
 * `wasi:http/types` fields: headers and trailers, checked when they are set and bounded in number and size.
 *
 * @module
 */
import { GuestError, type InvocationContext } from '../../capability/index.ts'
import { CONNECTION_FIELDS, isFieldName, isFieldValue } from '../../policy/index.ts'

type HeaderError = { readonly tag: 'invalid-syntax' | 'forbidden' | 'immutable' }
type Entry = [name: string, value: Uint8Array]

// What common servers take: Apache and nginx stop at 100 and at 32 KiB, gateways at more.
const MAX_FIELDS = 1024
const MAX_FIELDS_BYTES = 131_072
// What an entry costs beside its text, as HTTP/2 counts it: https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2
const FIELD_OVERHEAD_BYTES = 32

// All that the guest of one invocation holds at once: they are memory of the host.
const BUDGET_BYTES = 4_194_304

/** What the fields of one invocation may still hold together. */
export interface HeaderBudget {
  leftBytes: number
}

const budgets = new WeakMap<InvocationContext, HeaderBudget>()

export function budgetOf(context: InvocationContext): HeaderBudget {
  let budget = budgets.get(context)
  if (budget === undefined) {
    budget = { leftBytes: BUDGET_BYTES }
    budgets.set(context, budget)
  }
  return budget
}

export function fieldsFrom(entries: readonly Entry[], budget: HeaderBudget): Fields {
  const fields = new Fields(budget)
  for (const [name, value] of entries) fields.append(name, value)
  return fields
}

// They frame the message or route the connection: both belong to the host.
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...CONNECTION_FIELDS,
  'host',
  'http2-settings',
  'proxy-authenticate',
  'proxy-authorization',
])

/** The entries with a character a byte, as the Web APIs have them. */
export let pairsOf: (fields: Fields) => [string, string][]

/** A copy that nobody can change any more. */
export let freeze: (fields: Fields) => Fields

/**
 * What came from outside, as it came.
 *
 * @throws {GuestError} when there is more of it than a guest may get
 */
export let receivedFields: (headers: Iterable<[string, string]>, budget: HeaderBudget) => Fields

export class Fields implements Disposable {
  readonly #budget: HeaderBudget
  #entries: Entry[] = []
  #bytes = 0
  #immutable = false

  constructor(budget: HeaderBudget) {
    this.#budget = budget
  }

  get(name: string): Uint8Array[] {
    const key = name.toLowerCase()
    return this.#entries.flatMap(([each, value]) => (each === key ? [value] : []))
  }

  has(name: string): boolean {
    const key = name.toLowerCase()
    return this.#entries.some(([each]) => each === key)
  }

  set(name: string, values: readonly Uint8Array[]): void {
    const key = this.#admit(name)
    for (const value of values) checkValue(value)
    this.#remove(key)
    for (const value of values) this.#add(key, value)
  }

  delete(name: string): void {
    this.#remove(this.#admit(name))
  }

  append(name: string, value: Uint8Array): void {
    const key = this.#admit(name)
    checkValue(value)
    this.#add(key, value)
  }

  entries(): Entry[] {
    return this.#entries.map(([name, value]) => [name, value])
  }

  clone(): Fields {
    const copy = new Fields(this.#budget)
    for (const [name, value] of this.#entries) copy.#add(name, value)
    return copy
  }

  #admit(name: string): string {
    if (this.#immutable) refuse('immutable')
    const key = name.toLowerCase()
    if (!isFieldName(key)) refuse('invalid-syntax')
    if (FORBIDDEN.has(key)) refuse('forbidden')
    return key
  }

  #add(name: string, value: Uint8Array): void {
    const bytes = name.length + value.byteLength + FIELD_OVERHEAD_BYTES
    const isTooMuch =
      this.#entries.length >= MAX_FIELDS ||
      this.#bytes + bytes > MAX_FIELDS_BYTES ||
      this.#budget.leftBytes < bytes
    // The interface has no better word for too many.
    if (isTooMuch) refuse('forbidden')
    this.#bytes += bytes
    this.#budget.leftBytes -= bytes
    this.#entries.push([name, value])
  }

  #remove(name: string): void {
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
    receivedFields = (headers, budget) => {
      const fields = new Fields(budget)
      for (const [name, value] of headers) fields.#add(name, bytesOf(value))
      fields.#immutable = true
      return fields
    }
  }
}

/** The number in `content-length`, when there is one. */
export function contentLengthOf(fields: Fields): number | undefined {
  const [value] = fields.get('content-length')
  const length = value === undefined ? Number.NaN : Number(latin1(value))
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined
}

// A guest chooses the types of its imports: what is counted in bytes must not be something else.
function checkValue(value: unknown): void {
  if (!(value instanceof Uint8Array)) throw new TypeError('Cannot set field: not a list of bytes')
  if (!isFieldValue(latin1(value))) refuse('invalid-syntax')
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
