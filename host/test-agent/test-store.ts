/** A key-value store of the tested agent, from outside. @module */
import type { KvNamespace, KvQuota } from '../../runtime/capabilities/kv/index.ts'

/** What a test puts into a store: text, as agents write it, or bytes. */
export type StoredValue = string | Uint8Array

/** A store of the tested agent. The test may do there what it likes, with any grant. */
export interface TestStore {
  /** The value as text; `undefined` when there is none, or it has expired. */
  get(key: string): Promise<string | undefined>
  /**
   * The value as what its JSON says.
   *
   * @throws {SyntaxError} when it is not JSON
   */
  json(key: string): Promise<unknown>
  /** The value as bytes. */
  bytes(key: string): Promise<Uint8Array | undefined>
  /** All keys, in the order of their bytes. */
  keys(): Promise<string[]>
  /** Writes a value, over any that is there. */
  set(key: string, value: StoredValue): Promise<void>
  /** Does nothing when there is no value. */
  delete(key: string): Promise<void>
}

// The quota of a grant bounds an agent, and not its test.
const NO_QUOTA: KvQuota = { maxBytes: Infinity, maxKeys: Infinity }

/** The store of a driver, by its name. */
export class OpenedStore implements TestStore {
  readonly #namespace: KvNamespace
  readonly #store: string

  constructor(namespace: KvNamespace, store: string) {
    this.#namespace = namespace
    this.#store = store
  }

  async get(key: string): Promise<string | undefined> {
    const value = await this.bytes(key)
    return value && new TextDecoder().decode(value)
  }

  async json(key: string): Promise<unknown> {
    const text = await this.get(key)
    return text === undefined ? undefined : JSON.parse(text)
  }

  async bytes(key: string): Promise<Uint8Array | undefined> {
    return this.#namespace.get(this.#store, key)
  }

  async keys(): Promise<string[]> {
    const range = { prefix: '', after: undefined, limit: Number.MAX_SAFE_INTEGER }
    return this.#namespace.keys(this.#store, range)
  }

  async set(key: string, value: StoredValue): Promise<void> {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    await this.#namespace.set(this.#store, { key, value: bytes }, NO_QUOTA)
  }

  async delete(key: string): Promise<void> {
    await this.#namespace.delete(this.#store, key)
  }
}
