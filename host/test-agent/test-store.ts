/** A key-value store of the tested agent, from outside. @module */
import type { KvNamespace, KvQuota } from '../../runtime/capabilities/kv/index.ts'

/** What a test puts into a store: text, as agents write it, or bytes. */
export type StoredValue = string | Uint8Array

// The quota of a grant bounds an agent, and not its test.
const NO_QUOTA: KvQuota = { maxBytes: Infinity, maxKeys: Infinity }

/** A store of the tested agent. The test may do there what it likes, with any grant. */
export class TestStore {
  readonly #namespace: KvNamespace
  readonly #store: string

  constructor(namespace: KvNamespace, store: string) {
    this.#namespace = namespace
    this.#store = store
  }

  /** The value as text; `undefined` when there is none, or it has expired. */
  async get(key: string): Promise<string | undefined> {
    const value = await this.bytes(key)
    return value && new TextDecoder().decode(value)
  }

  /** The value as what its JSON says. */
  async json(key: string): Promise<unknown> {
    const text = await this.get(key)
    return text === undefined ? undefined : JSON.parse(text)
  }

  /** The value as bytes. */
  async bytes(key: string): Promise<Uint8Array | undefined> {
    return this.#namespace.get(this.#store, key)
  }

  /** All keys, in the order of their bytes. */
  async keys(): Promise<string[]> {
    const range = { prefix: '', after: undefined, limit: Number.MAX_SAFE_INTEGER }
    return this.#namespace.keys(this.#store, range)
  }

  /** Writes a value, over any that is there. */
  async set(key: string, value: StoredValue): Promise<void> {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    await this.#namespace.set(this.#store, { key, value: bytes }, NO_QUOTA)
  }

  /** Does nothing when there is no value. */
  async delete(key: string): Promise<void> {
    await this.#namespace.delete(this.#store, key)
  }
}
