/**
 * The door to the host: every import of the world is called here and nowhere else, except those of blobs, in
 * `host-blobs.ts`, and work that an agent may give up, in `work.ts`.
 *
 * What may wait is there at once or as a promise. To await a value that is there would cost as much as the call.
 *
 * While an agent is built there is no host, and a call would end the build without a reason. So each function checks
 * that there is a request. Texts are made well-formed before they cross: the engine traps on half a surrogate pair, and
 * a trap cannot be caught.
 *
 * @module
 */

import * as clock from 'mayfly:agent/clock@0.2.0'
import * as config from 'mayfly:agent/config@0.2.0'
import * as kv from 'mayfly:agent/kv@0.2.0'
import * as log from 'mayfly:agent/log@0.2.0'
import * as random from 'mayfly:agent/random@0.2.0'
import * as responseBody from 'mayfly:agent/response-body@0.2.0'
import { CapabilityError, isCapabilityErrorCode, type Capability } from './capability-error.ts'
import { hostErrorCase } from './engine.ts'
import { malformedIn } from './kv-reason.ts'

export type Header = [name: string, value: string]

/** A request as it crosses the border, in either direction. */
export interface HostRequest {
  method: string
  url: string
  headers: Header[]
  body: Uint8Array
}

/** A response as it crosses the border, in either direction. */
export interface HostResponse {
  status: number
  headers: Header[]
  body: Uint8Array
}

/** What becomes of a redirect. */
export type Redirect = 'follow' | 'manual' | 'error'

/** A response to a request of the agent as it crosses the border. */
export interface HostFetched<Content = Uint8Array> {
  status: number
  headers: Header[]
  body: Content
  /** The URL that answered, if it is another. */
  redirectedTo: string | null
  /** Whether `body` is without the encodings that the headers name. */
  decoded: boolean
}

/** The same when its head is there. */
export interface HostOpened extends Omit<HostFetched, 'body'> {
  /** All of the body, or what the rest of it is read from. */
  content: Uint8Array | HostBody
}

/** A body that is on its way: the ends that a guest has of its stream and of the future behind it, 0 for one that is gone. */
export type HostBody = [bytes: number, end: number]

/** There at once, or a promise of it. */
export type Later<Value> = Value | Promise<Value>

// An agent may put another in its place.
const HostPromise = Promise

let building = true

/** Called when a request arrives. The snapshot was taken before, so every request finds it undone. */
export function endBuild(): void {
  building = false
}

/** Whether there is no request yet. */
export function isBuilding(): boolean {
  return building
}

/** Throws at build time: there is no request to attach the work to. */
export function requireRequest(action: string): void {
  if (building) throw new Error(`Cannot ${action} while the agent is built`)
}

/** Milliseconds since 1970. 0 while the agent is built, so that no build time is taken for the present. */
export function now(): number {
  return building ? 0 : clock.now()
}

/** Milliseconds since some moment before the request. 0 while the agent is built. */
export function monotonic(): number {
  return building ? 0 : clock.monotonic()
}

export function randomBytes(length: number): Uint8Array {
  // Numbers drawn at build time would be in the snapshot, and every request would find the same "random" numbers.
  requireRequest('draw random numbers')
  return random.bytes(length)
}

/** Writes a line for the operator. Dropped while the agent is built. */
export function writeLog(level: 'debug' | 'info' | 'warn' | 'error', message: string): void {
  if (!building) log.write(level, message.toWellFormed())
}

export function allConfig(): Header[] {
  return building ? [] : config.all()
}

/** Some engines say undefined where others say null. */
export function kvGet(store: string, key: string): Later<Uint8Array | null | undefined> {
  return guarded(
    'kv',
    `get "${key}" from kv "${store}"`,
    () => kv.get(store.toWellFormed(), key.toWellFormed()),
    () => malformedIn([key]),
  )
}

export function kvSet(store: string, key: string, value: Uint8Array): Later<void> {
  return guarded(
    'kv',
    `set "${key}" in kv "${store}"`,
    () => kv.set(store.toWellFormed(), key.toWellFormed(), value),
    () => malformedIn([key], [value]),
  )
}

export function kvDelete(store: string, key: string): Later<void> {
  return guarded(
    'kv',
    `delete "${key}" from kv "${store}"`,
    () => kv.delete(store.toWellFormed(), key.toWellFormed()),
    () => malformedIn([key]),
  )
}

export function kvKeys(
  store: string,
  prefix: string,
  cursor: string | null,
  limit: number,
): Later<{ keys: string[]; cursor: string | null }> {
  return guarded('kv', `list keys of kv "${store}"`, () =>
    mapLater(kv.keys(store.toWellFormed(), prefix.toWellFormed(), cursor, limit), (page) => ({
      keys: page.keys,
      cursor: page.cursor ?? null,
    })),
  )
}

export function kvIncrement(store: string, key: string, delta: number): Later<number> {
  return guarded(
    'kv',
    `increment "${key}" in kv "${store}"`,
    () =>
      // Some engines say bigint where others say number.
      mapLater(kv.increment(store.toWellFormed(), key.toWellFormed(), delta), Number),
    () => malformedIn([key]) ?? 'the value is no integer, or the sum is too large',
  )
}

export function kvPut(store: string, key: string, value: Uint8Array, ttlMs: number): Later<void> {
  return guarded(
    'kv',
    `set "${key}" in kv "${store}"`,
    () => kv.put(store.toWellFormed(), key.toWellFormed(), value, ttlMs),
    () => malformedIn([key], [value], ttlMs),
  )
}

export function kvCompareAndSet(
  store: string,
  key: string,
  expected: Uint8Array | null,
  value: Uint8Array | null,
  ttlMs: number | null,
): Later<boolean> {
  return guarded(
    'kv',
    `set "${key}" in kv "${store}"`,
    () => kv.compareAndSet(store.toWellFormed(), key.toWellFormed(), expected, value, ttlMs),
    () => malformedIn([key], [value], ttlMs),
  )
}

export function kvGetMany(store: string, keys: string[]): Later<(Uint8Array | null)[]> {
  return guarded(
    'kv',
    `get ${keys.length} keys from kv "${store}"`,
    () =>
      mapLater(
        kv.getMany(
          store.toWellFormed(),
          keys.map((key) => key.toWellFormed()),
        ),
        (values) => values.map((value) => value ?? null),
      ),
    () => malformedIn(keys),
  )
}

export function kvSetMany(store: string, entries: [string, Uint8Array][]): Later<void> {
  return guarded(
    'kv',
    `set ${entries.length} keys in kv "${store}"`,
    () =>
      kv.setMany(
        store.toWellFormed(),
        entries.map(([key, value]) => [key.toWellFormed(), value]),
      ),
    () =>
      malformedIn(
        entries.map(([key]) => key),
        entries.map(([, value]) => value),
      ),
  )
}

export function kvDeleteMany(store: string, keys: string[]): Later<void> {
  return guarded(
    'kv',
    `delete ${keys.length} keys from kv "${store}"`,
    () =>
      kv.deleteMany(
        store.toWellFormed(),
        keys.map((key) => key.toWellFormed()),
      ),
    () => malformedIn(keys),
  )
}

export function startResponse(status: number, headers: Header[]): void {
  guarded('response-body', 'start the response', () => responseBody.start(status, headers))
}

export function writeResponse(chunk: Uint8Array): Later<void> {
  return guarded('response-body', 'write to the response', () => responseBody.write(chunk))
}

/** Calls the host, and turns its error into a `CapabilityError`. `reason` says why it may be `malformed`. */
export function guarded<Result>(
  capability: Capability,
  action: string,
  call: () => Result,
  reason?: () => string | undefined,
): Result {
  // Each call of a function costs the engine some tenths of a microsecond.
  if (building) requireRequest(action)
  try {
    const result = call()
    if (!(result instanceof HostPromise)) return result
    // The promise is of the same as the one that it is made of.
    return result.catch((error: unknown) => {
      throw explained(error, capability, action, undefined, reason)
    }) as Result
  } catch (error) {
    throw explained(error, capability, action, undefined, reason)
  }
}

/** Whether `value` is a promise, and not there yet. */
export function isLater<Value>(value: Later<Value>): value is Promise<Value> {
  return value instanceof HostPromise
}

/** The result of `make` for `value`, at once when that is there. */
export function mapLater<Value, Result>(
  value: Later<Value>,
  make: (value: Value) => Result,
): Later<Result> {
  return value instanceof HostPromise ? value.then(make) : make(value)
}

/** The `CapabilityError` for `error` when that is one of the host's, which failed to do `action`. */
export function explained(
  error: unknown,
  capability: Capability,
  action: string,
  target?: string,
  reason?: () => string | undefined,
): unknown {
  const code = hostErrorCase(error)
  if (code === undefined || !isCapabilityErrorCode(code)) return error
  const what = target === undefined ? action : `${action} ${target}`
  const why = code === 'malformed' ? reason?.() : undefined
  const text = `Cannot ${what}: ${code}${why === undefined ? '' : `, ${why}`}`
  return new CapabilityError(capability, code, text)
}
