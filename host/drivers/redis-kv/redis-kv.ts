/**
 * A key-value driver for hosts that share their stores: any server that speaks the protocol of Redis and
 * runs its Lua scripts.
 *
 * Every call is one script, so it is atomic between all hosts, quotas included. A call suspends the guest for a round
 * trip. The persistence of the server decides which values survive its crash.
 *
 * A little longer than other files: it has one method for each promise of the contract.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import type {
  KvChange,
  KvChangeOutcome,
  KvDriver,
  KvEntry,
  KvIncrementOutcome,
  KvNamespace,
  KvQuota,
  KvRange,
  KvWriteOutcome,
} from '../../../runtime/capabilities/kv/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { SCRIPTS, sourceOf, type ScriptName } from './scripts.ts'

/** Which server, and how its keys are named. */
export interface RedisKvOptions {
  /** Such as `redis://localhost:6379`, or `rediss://` for TLS. May hold user and password. */
  url: string
  /**
   * Prefix of all keys, to share a server with other programs.
   *
   * @default 'mayfly'
   */
  prefix?: string
  /**
   * Milliseconds until the server must have been reached, and again after a connection was lost.
   *
   * @default 2_000
   */
  connectTimeoutMs?: number
}

/** Holds a connection: dispose of it when no namespace of it is used any more. */
export type RedisKv = KvDriver & AsyncDisposable

type Argument = string | Buffer
type Run = (script: ScriptName, keys: string[], args: Argument[]) => Promise<unknown>

interface Connection {
  readonly run: Run
  close(): Promise<void>
}

/**
 * Key-value stores on a server that speaks the protocol of Redis and runs its Lua scripts, shared by all hosts that use
 * the same `url` and `prefix`. Each call suspends the guest for a round trip; each is one step between all hosts.
 */
export function redisKv({
  url,
  prefix = 'mayfly',
  connectTimeoutMs = 2_000,
}: RedisKvOptions): RedisKv {
  let connecting: Promise<Connection> | undefined
  return {
    name: 'redis',
    async open(namespace) {
      try {
        const { run } = await (connecting ??= connect(url, connectTimeoutMs))
        return new RedisNamespace(run, `${prefix}:${encodeURIComponent(namespace)}`)
      } catch (cause) {
        connecting = undefined
        // Not the URL: it may hold a password.
        const { host } = new URL(url)
        throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot connect to Redis at "${host}"`, {
          cause,
          hint: `Start a server at ${host}, or choose another driver for key-value stores`,
          facts: { host },
        })
      }
    },
    async [Symbol.asyncDispose]() {
      await (await connecting)?.close()
      connecting = undefined
    },
  }
}

async function connect(url: string, timeoutMs: number): Promise<Connection> {
  // Imported when it is needed: it takes a tenth of a second, which every start of a host would pay.
  const { createClient, RESP_TYPES } = await import('redis')
  const client = createClient({
    url,
    socket: { connectTimeout: timeoutMs, reconnectStrategy: reconnectDelayMs },
    // A guest that waits has a deadline, so it gets an error at once and does not wait for the server to come back.
    disableOfflineQueue: true,
  })
  // Each command rejects by itself; without a listener the first of these would end the process.
  client.on('error', () => {})
  try {
    await withTimeout(client.connect(), timeoutMs)
  } catch (error) {
    client.destroy()
    throw error
  }
  const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
  return {
    async run(script, keys, args) {
      const rest = [String(keys.length), ...keys, ...args]
      try {
        return await binary.sendCommand(['EVALSHA', DIGESTS[script], ...rest])
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
        return binary.sendCommand(['EVAL', sourceOf(script), ...rest])
      }
    },
    async close() {
      // Without a connection there is nothing to close.
      if (client.isReady) await client.close()
      else client.destroy()
    },
  }
}

const DIGESTS = Object.fromEntries(
  Object.keys(SCRIPTS).map((name) => {
    // The cast: keys of an object are strings to the type checker.
    const source = sourceOf(name as ScriptName)
    return [name, createHash('sha1').update(source).digest('hex')]
  }),
) as Record<ScriptName, string>

// Soon after a short break, and not so often that a server under load is kept down.
function reconnectDelayMs(retries: number): number {
  return Math.min(50 * 2 ** retries, 2_000)
}

/** The client tries for ever to reach the server. The first attempt is bounded, so that a deploy can fail. */
async function withTimeout<Value>(promise: Promise<Value>, timeoutMs: number): Promise<Value> {
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`No answer in ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}

class RedisNamespace implements KvNamespace {
  readonly #run: Run
  readonly #name: string

  constructor(run: Run, name: string) {
    this.#run = run
    this.#name = name
  }

  async get(store: string, key: string): Promise<Uint8Array | undefined> {
    const [value] = await this.getMany(store, [key])
    return value
  }

  async getMany(store: string, keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    if (keys.length === 0) return []
    return toList(await this.#call('get', store, keys)).map((value) =>
      Buffer.isBuffer(value) ? new Uint8Array(value) : undefined,
    )
  }

  set(store: string, entry: KvEntry, quota: KvQuota): Promise<KvWriteOutcome> {
    return this.setMany(store, [entry], quota)
  }

  async setMany(
    store: string,
    entries: readonly KvEntry[],
    quota: KvQuota,
  ): Promise<KvWriteOutcome> {
    const args = entries.flatMap(({ key, value, ttlMs }) => [key, copy(value), time(ttlMs)])
    const outcome = await this.#call('set', store, [...bounds(quota), ...args])
    return String(outcome) === 'full' ? 'full' : 'stored'
  }

  async compareAndSet(
    store: string,
    key: string,
    { expected, value, ttlMs }: KvChange,
    quota: KvQuota,
  ): Promise<KvChangeOutcome> {
    const args = [key, ...optional(expected), ...optional(value), time(ttlMs)]
    const outcome = String(await this.#call('compareAndSet', store, [...bounds(quota), ...args]))
    return outcome === 'full' || outcome === 'changed' ? outcome : 'stored'
  }

  async delete(store: string, key: string): Promise<void> {
    await this.#call('delete', store, [key])
  }

  async deleteMany(store: string, keys: readonly string[]): Promise<void> {
    await this.#call('delete', store, keys)
  }

  async keys(store: string, { prefix, after, limit }: KvRange): Promise<string[]> {
    const [low, high] = [Buffer.from(prefix), Buffer.from(after ?? '')]
    const least =
      after !== undefined && Buffer.compare(high, low) >= 0
        ? Buffer.concat([EXCLUSIVE, high])
        : Buffer.concat([INCLUSIVE, low])
    // No byte of UTF-8 is 0xff: this is after all that begins with the prefix.
    const greatest = Buffer.concat([EXCLUSIVE, low, Buffer.of(0xff)])
    const found = await this.#call('keys', store, [least, greatest, String(limit)])
    return toList(found).map(String)
  }

  async increment(
    store: string,
    key: string,
    delta: bigint,
    quota: KvQuota,
  ): Promise<KvIncrementOutcome> {
    const args = [...bounds(quota), key, delta.toString()]
    const [state, sum] = toList(await this.#call('increment', store, args)).map(String)
    if (state === 'stored' && sum !== undefined) return { state, sum: BigInt(sum) }
    return { state: state === 'full' ? 'full' : 'malformed' }
  }

  // The connection is the driver's: other agents use it.
  async [Symbol.asyncDispose](): Promise<void> {}

  #call(script: ScriptName, store: string, args: readonly Argument[]): Promise<unknown> {
    // A cluster chooses the node by the text in braces. Names are encoded, so that no two pairs give one text.
    const name = `{${this.#name}/${encodeURIComponent(store)}}`
    const keys = ['values', 'names', 'expires', 'bytes'].map((part) => `${name}:${part}`)
    return this.#run(script, keys, [...args])
  }
}

const INCLUSIVE = Buffer.from('[')
const EXCLUSIVE = Buffer.from('(')

function toList(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : []
}

function bounds({ maxBytes, maxKeys }: KvQuota): Argument[] {
  return [String(maxBytes), String(maxKeys)]
}

function optional(value: Uint8Array | undefined): Argument[] {
  return value === undefined ? ['0', ''] : ['1', copy(value)]
}

function time(ttlMs: number | undefined): string {
  return ttlMs === undefined ? '0' : String(Math.ceil(ttlMs))
}

/** Copied: the caller's buffer may be a view of linear memory, which changes before it is sent. */
function copy(value: Uint8Array): Buffer {
  return Buffer.from(value)
}
