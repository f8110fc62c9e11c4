/**
 * The door to the host: every import of the world is called here and nowhere else, except the imports about other
 * agents, which are called in `host-tools.ts`.
 *
 * While an agent is built there is no host, and a call would end the build without a reason. So each function checks
 * that there is a request. Texts are made well-formed before they cross: the engine traps on half a surrogate pair, and
 * a trap cannot be caught.
 *
 * @module
 */

import * as clock from 'mayfly:agent/clock@0.1.0'
import * as config from 'mayfly:agent/config@0.1.0'
import * as http from 'mayfly:agent/http@0.1.0'
import * as kv from 'mayfly:agent/kv@0.1.0'
import * as log from 'mayfly:agent/log@0.1.0'
import * as poll from 'mayfly:agent/poll@0.1.0'
import * as random from 'mayfly:agent/random@0.1.0'
import * as responseBody from 'mayfly:agent/response-body@0.1.0'
import { CapabilityError, isCapabilityErrorCode, type Capability } from './capability-error.ts'
import { hostErrorCase } from './engine.ts'

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

let building = true

/** Called when a request arrives. The snapshot was taken before, so every request finds it undone. */
export function endBuild(): void {
  building = false
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

/** Waits for one of `pending` or for time to pass; the whole agent stands still meanwhile. */
export function pollAny(pending: number[], timeoutMs: number | null): number | null {
  // Some engines say undefined where others say null.
  return poll.any(pending, timeoutMs) ?? null
}

export function httpStart(request: HostRequest): number {
  return guarded('http', `fetch ${request.url}`, () => http.start(request))
}

export function httpTake(pending: number, url: string): HostResponse {
  return guarded('http', `fetch ${url}`, () => http.take(pending))
}

export function httpCancel(pending: number): void {
  http.cancel(pending)
}

export function kvGet(store: string, key: string): Uint8Array | null {
  return guarded(
    'kv',
    `get "${key}" from kv "${store}"`,
    () => kv.get(store.toWellFormed(), key.toWellFormed()) ?? null,
  )
}

export function kvSet(store: string, key: string, value: Uint8Array): void {
  guarded('kv', `set "${key}" in kv "${store}"`, () =>
    kv.set(store.toWellFormed(), key.toWellFormed(), value),
  )
}

export function kvDelete(store: string, key: string): void {
  guarded('kv', `delete "${key}" from kv "${store}"`, () =>
    kv.delete(store.toWellFormed(), key.toWellFormed()),
  )
}

export function kvKeys(
  store: string,
  prefix: string,
  cursor: string | null,
  limit: number,
): { keys: string[]; cursor: string | null } {
  return guarded('kv', `list keys of kv "${store}"`, () => {
    const page = kv.keys(store.toWellFormed(), prefix.toWellFormed(), cursor, limit)
    return { keys: page.keys, cursor: page.cursor ?? null }
  })
}

export function kvIncrement(store: string, key: string, delta: number): number {
  return guarded('kv', `increment "${key}" in kv "${store}"`, () =>
    // Some engines say bigint where others say number.
    Number(kv.increment(store.toWellFormed(), key.toWellFormed(), delta)),
  )
}

export function kvPut(store: string, key: string, value: Uint8Array, ttlMs: number): void {
  guarded('kv', `set "${key}" in kv "${store}"`, () =>
    kv.put(store.toWellFormed(), key.toWellFormed(), value, ttlMs),
  )
}

export function kvCompareAndSet(
  store: string,
  key: string,
  expected: Uint8Array | null,
  value: Uint8Array | null,
  ttlMs: number | null,
): boolean {
  return guarded('kv', `set "${key}" in kv "${store}"`, () =>
    kv.compareAndSet(store.toWellFormed(), key.toWellFormed(), expected, value, ttlMs),
  )
}

export function kvGetMany(store: string, keys: string[]): (Uint8Array | null)[] {
  return guarded('kv', `get ${keys.length} keys from kv "${store}"`, () =>
    kv
      .getMany(
        store.toWellFormed(),
        keys.map((key) => key.toWellFormed()),
      )
      .map((value) => value ?? null),
  )
}

export function kvSetMany(store: string, entries: [string, Uint8Array][]): void {
  guarded('kv', `set ${entries.length} keys in kv "${store}"`, () =>
    kv.setMany(
      store.toWellFormed(),
      entries.map(([key, value]) => [key.toWellFormed(), value]),
    ),
  )
}

export function kvDeleteMany(store: string, keys: string[]): void {
  guarded('kv', `delete ${keys.length} keys from kv "${store}"`, () =>
    kv.deleteMany(
      store.toWellFormed(),
      keys.map((key) => key.toWellFormed()),
    ),
  )
}

export function startResponse(status: number, headers: Header[]): void {
  guarded('response-body', 'start the response', () => responseBody.start(status, headers))
}

export function writeResponse(chunk: Uint8Array): void {
  guarded('response-body', 'write to the response', () => responseBody.write(chunk))
}

/** Calls the host, and turns its error into a `CapabilityError`. */
export function guarded<T>(capability: Capability, action: string, call: () => T): T {
  requireRequest(action)
  try {
    return call()
  } catch (error) {
    const code = hostErrorCase(error)
    if (code === undefined || !isCapabilityErrorCode(code)) throw error
    throw new CapabilityError(capability, code, `Cannot ${action}: ${code}`)
  }
}
