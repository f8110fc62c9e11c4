/**
 * The second argument of an agent, besides the request: its configuration, its stores, its log.
 *
 * @module
 */

import { basePath, client, type Client } from './arrival.ts'
import { blobs, type Blobs } from './blobs.ts'
import { decodeUtf8, encodeUtf8 } from './engine.ts'
import * as host from './host.ts'
import type { Secrets } from './extra/crypto/secrets.ts'
import type { Granted } from './granted.ts'
import { parts } from './parts.ts'
import type { Queues } from './queues.ts'
import type { KvValue } from './stored-value.ts'
import { tools, type Tools } from './tools.ts'
import { Blob } from './web/blob.ts'
import { FormData } from './web/form-data.ts'
import { Headers } from './web/headers.ts'
import { format } from './web/inspect.ts'
import { nameOf } from './web/object-names.ts'
import { ReadableStream } from './web/readable-stream.ts'
import { Request } from './web/request.ts'
import { Response } from './web/response.ts'

type ValueType = 'text' | 'json' | 'bytes'

/** How a value is stored. */
export interface KvSetOptions {
  /** Milliseconds until the value is gone. Without, it stays until it is replaced or deleted. */
  ttlMs?: number
}

/** Which keys of a store are asked for. */
export interface KvKeysOptions {
  /** @default '' */
  prefix?: string
  /** From the page before. */
  cursor?: string | null
  /**
   * At most 1000.
   *
   * @default 100
   */
  limit?: number
}

/** Some of the keys of a store. */
export interface KvPage {
  /** In the order of their UTF-8 bytes. */
  readonly keys: string[]
  /** Pass it on to get the next page; `null` after the last. */
  readonly cursor: string | null
}

/** The methods of a store that only read. */
export type ReadableKvStore = Pick<KvStore, 'get' | 'getMany' | 'keys'>

/** A store the manifest grants. Every method rejects with a `CapabilityError`. */
export interface KvStore {
  get(key: string, options?: { type?: 'text' }): Promise<string | null>
  get<T = unknown>(key: string, options: { type: 'json' }): Promise<T | null>
  get(key: string, options: { type: 'bytes' }): Promise<Uint8Array | null>
  /** Stores a value, over any that is there. */
  set(key: string, value: KvValue, options?: KvSetOptions): Promise<void>
  /**
   * Stores `value` if the stored value equals `expected`, in one step, and returns whether it did. `null` stands for no
   * value: as `expected` the key must be absent, as `value` the key is removed.
   */
  compareAndSet(
    key: string,
    expected: KvValue | null,
    value: KvValue | null,
    options?: KvSetOptions,
  ): Promise<boolean>
  /** The values of at most 100 keys, in their order, as they were at one moment. */
  getMany(keys: readonly string[], options?: { type?: 'text' }): Promise<(string | null)[]>
  getMany<T = unknown>(keys: readonly string[], options: { type: 'json' }): Promise<(T | null)[]>
  getMany(keys: readonly string[], options: { type: 'bytes' }): Promise<(Uint8Array | null)[]>
  /** Stores at most 100 values, all of them or none. */
  setMany(
    entries: Readonly<Record<string, KvValue>> | Iterable<readonly [string, KvValue]>,
  ): Promise<void>
  /** Deletes at most 100 keys, in one step. */
  deleteMany(keys: readonly string[]): Promise<void>
  /** Does nothing when there is no value. */
  delete(key: string): Promise<void>
  /** Some of the keys, in the order of their UTF-8 bytes. */
  keys(options?: KvKeysOptions): Promise<KvPage>
  /** Adds `delta` (default 1) to the number under `key` in one step and returns the sum. */
  increment(key: string, delta?: number): Promise<number>
}

/** The values of `capabilities.config`: `env.config.KEY`, or `get` and `all`. */
export type Config = Readonly<ConfigValues> & {
  get<Key extends keyof ConfigValues & string>(key: Key): ConfigValues[Key] | undefined
  all(): ConfigValues
}

/** The values of `capabilities.config` by their keys, which `mayfly types` writes. */
export type ConfigValues = Granted<'config', Record<string, string>>

/** The stores of `capabilities.kv`, by name. One that is granted for reading has no other methods. */
export interface KvStores {
  open<Name extends keyof StoreAccess & string>(
    store: Name,
  ): StoreAccess[Name] extends 'read' ? ReadableKvStore : KvStore
}

/** The access to each store of `capabilities.kv`, which `mayfly types` writes. */
export type StoreAccess = Granted<'kv', Record<string, 'write'>>

/** What an agent is given beside its request: what its manifest grants. */
export interface Env {
  /** Values of the manifest. */
  readonly config: Config
  /** Stores of the manifest, by name. */
  readonly kv: KvStores
  /** Queues of the manifest, by name: to send messages. */
  readonly queue: Queues
  /** Other agents of the manifest. */
  readonly tools: Tools
  /** Secrets of the manifest, as keys. */
  readonly secrets: Secrets
  /** Bytes that the host keeps for this request. */
  readonly blobs: Blobs
  /**
   * The path that clients ask before the path of `request.url`, such as `/shop`: put it before links. Empty where the agent
   * sees the whole path.
   */
  readonly basePath: string
  /** Who has sent the request, as the host knows it. */
  readonly client: Client
  /** Lines for the operator. */
  readonly log: Record<'debug' | 'info' | 'warn' | 'error', (...values: unknown[]) => void>
}

const kv: Env['kv'] = { open: (store: string) => new HostKvStore(String(store)) }

const log: Env['log'] = {
  debug: (...values) => host.writeLog('debug', format(values)),
  info: (...values) => host.writeLog('info', format(values)),
  warn: (...values) => host.writeLog('warn', format(values)),
  error: (...values) => host.writeLog('error', format(values)),
}

class HostEnv implements Env {
  #config: Config | undefined

  get config(): Config {
    return (this.#config ??= readConfig())
  }

  get kv(): Env['kv'] {
    return kv
  }

  get queue(): Env['queue'] {
    // The bundle has them, because the agent names them.
    return parts.queue as Queues
  }

  get tools(): Tools {
    return tools
  }

  get secrets(): Secrets {
    // The bundle has them, because the agent names them.
    return parts.secrets as Secrets
  }

  get blobs(): Blobs {
    return blobs
  }

  get basePath(): string {
    return basePath()
  }

  get client(): Client {
    return client()
  }

  get log(): Env['log'] {
    return log
  }
}

/** Made while the agent is built: nothing is asked of the host before it is used. */
export const env: Env = new HostEnv()

function readConfig(): Config {
  const values = Object.fromEntries(host.allConfig())
  const methods = {
    get: (key: string): string | undefined =>
      Object.hasOwn(values, key) ? values[key] : undefined,
    all: (): Record<string, string> => ({ ...values }),
  }
  // The methods come last: a key of the same name is reached through them. The cast is needed because no index signature
  // describes a record with string values and two methods.
  return { ...values, ...methods } as unknown as Config
}

class HostKvStore implements KvStore {
  readonly #store: string

  constructor(store: string) {
    this.#store = store
  }

  // One implementation behind the three signatures of the interface.
  async get(key: string, { type = 'text' }: { type?: ValueType } = {}): Promise<never> {
    const found = host.kvGet(this.#store, String(key))
    const bytes = host.isLater(found) ? await found : found
    return fromBytes(bytes ?? null, type) as never
  }

  async set(key: string, value: KvValue, { ttlMs }: KvSetOptions = {}): Promise<void> {
    if (ttlMs === undefined) return host.kvSet(this.#store, String(key), toBytes(value))
    return host.kvPut(this.#store, String(key), toBytes(value), Number(ttlMs))
  }

  async compareAndSet(
    key: string,
    expected: KvValue | null,
    value: KvValue | null,
    { ttlMs }: KvSetOptions = {},
  ): Promise<boolean> {
    return host.kvCompareAndSet(
      this.#store,
      String(key),
      expected === null ? null : toBytes(expected),
      value === null ? null : toBytes(value),
      ttlMs === undefined ? null : Number(ttlMs),
    )
  }

  // One implementation behind the three signatures of the interface.
  async getMany(
    keys: readonly string[],
    { type = 'text' }: { type?: ValueType } = {},
  ): Promise<never> {
    const values = host.kvGetMany(this.#store, keys.map(String))
    return host.mapLater(values, (found) => found.map((bytes) => fromBytes(bytes, type))) as never
  }

  async setMany(
    entries: Readonly<Record<string, KvValue>> | Iterable<readonly [string, KvValue]>,
  ): Promise<void> {
    const list = isIterable(entries) ? [...entries] : Object.entries(entries)
    return host.kvSetMany(
      this.#store,
      list.map(([key, value]) => [String(key), toBytes(value)]),
    )
  }

  async deleteMany(keys: readonly string[]): Promise<void> {
    return host.kvDeleteMany(this.#store, keys.map(String))
  }

  async delete(key: string): Promise<void> {
    return host.kvDelete(this.#store, String(key))
  }

  async keys({ prefix = '', cursor = null, limit = 100 }: KvKeysOptions = {}): Promise<KvPage> {
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
      throw new RangeError(`Cannot list ${String(limit)} keys: not in 1 to 1000`)
    }
    return host.kvKeys(this.#store, String(prefix), cursor, limit)
  }

  async increment(key: string, delta = 1): Promise<number> {
    if (!Number.isSafeInteger(delta)) {
      throw new RangeError(`Cannot increment by ${String(delta)}: not a safe integer`)
    }
    return host.kvIncrement(this.#store, String(key), delta)
  }
}

function isIterable(
  entries: Readonly<Record<string, KvValue>> | Iterable<readonly [string, KvValue]>,
): entries is Iterable<readonly [string, KvValue]> {
  return Symbol.iterator in entries
}

function fromBytes(bytes: Uint8Array | null, type: ValueType): unknown {
  if (bytes === null || type === 'bytes') return bytes
  const text = decodeUtf8(bytes)
  return type === 'json' ? JSON.parse(text) : text
}

/** The bytes of a value: of a text in UTF-8, of what is no bytes as JSON. */
export function toBytes(value: KvValue): Uint8Array {
  if (typeof value === 'string') return encodeUtf8(value)
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  const remedy = remedyFor(value)
  if (remedy !== undefined) {
    throw new TypeError(`Cannot store ${withArticle(nameOf(value as object))}: ${remedy}`)
  }
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) {
    throw new TypeError(`Cannot store a value of type ${typeof value}: JSON has no such value`)
  }
  return encodeUtf8(text)
}

/** How to store what JSON would make an empty object of. */
function remedyFor(value: unknown): string | undefined {
  if (value instanceof Blob || value instanceof Request || value instanceof Response) {
    return 'store what its method bytes() resolves with'
  }
  if (value instanceof ReadableStream) {
    return 'read it first, with new Response(stream).bytes()'
  }
  if (value instanceof Promise) return 'await it first'
  if (value instanceof Map || value instanceof FormData || value instanceof Headers) {
    return 'store its entries: [...value]'
  }
  if (value instanceof Set) return 'store its values: [...value]'
  if (value instanceof Error || value instanceof WeakMap || value instanceof WeakSet) {
    return 'JSON has no such value'
  }
  return undefined
}

function withArticle(name: string): string {
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`
}
