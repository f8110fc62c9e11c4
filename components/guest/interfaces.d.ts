/**
 * The host interfaces of `wit/`, as the JavaScript engine inside a component shows them: `result` errors
 * are thrown, `option` is a value or null, `list<u8>` is a `Uint8Array`, 64-bit integers are numbers.
 *
 * @module
 */

declare module 'mayfly:agent/log@0.1.0' {
  export function write(level: 'debug' | 'info' | 'warn' | 'error', message: string): void
}

declare module 'mayfly:agent/config@0.1.0' {
  export function get(key: string): string | null
  export function all(): [string, string][]
}

declare module 'mayfly:agent/clock@0.1.0' {
  export function now(): number
  export function monotonic(): number
}

declare module 'mayfly:agent/random@0.1.0' {
  export function bytes(length: number): Uint8Array
}

declare module 'mayfly:agent/poll@0.1.0' {
  export function any(pending: number[], timeoutMs: number | null): number | null
}

declare module 'mayfly:agent/http@0.1.0' {
  interface HttpRequest {
    method: string
    url: string
    headers: [string, string][]
    body: Uint8Array
  }
  interface HttpResponse {
    status: number
    headers: [string, string][]
    body: Uint8Array
  }
  export function start(request: HttpRequest): number
  export function take(pending: number): HttpResponse
  export function takeBlob(pending: number): {
    status: number
    headers: [string, string][]
    body: import('mayfly:agent/blob@0.1.0').Blob
  }
  export function cancel(pending: number): void
}

declare module 'mayfly:agent/kv@0.1.0' {
  export function get(store: string, key: string): Uint8Array | null
  export function set(store: string, key: string, value: Uint8Array): void
  function remove(store: string, key: string): void
  export { remove as delete }
  export function keys(
    store: string,
    prefix: string,
    cursor: string | null,
    limit: number,
  ): { keys: string[]; cursor: string | null }
  export function increment(store: string, key: string, delta: number): number
  export function put(store: string, key: string, value: Uint8Array, ttlMs: number): void
  export function compareAndSet(
    store: string,
    key: string,
    expected: Uint8Array | null,
    value: Uint8Array | null,
    ttlMs: number | null,
  ): boolean
  export function getMany(store: string, keys: string[]): (Uint8Array | null)[]
  export function setMany(store: string, entries: [string, Uint8Array][]): void
  export function deleteMany(store: string, keys: string[]): void
}

declare module 'mayfly:agent/tools@0.1.0' {
  import type { Blob } from 'mayfly:agent/blob@0.1.0'
  export function call(tool: string, input: string): string
  export function start(
    tool: string,
    input: string,
    blobs: Blob[],
  ): { pending: number; ready: boolean }
  export function take(pending: number): string
  export function takeBlob(pending: number): Blob
  export function cancel(pending: number): void
}

declare module 'mayfly:agent/blob@0.1.0' {
  class Blob {
    private constructor()
    size(): number
    read(offset: number, length: number): Uint8Array
    /** Where it is missing, handles are given back at the end of the request. */
    drop?(): void
  }
  export type { Blob }
  export function make(content: Uint8Array): Blob
  export function answer(blob: Blob): void
  export function given(): Blob[]
}

declare module 'mayfly:agent/response-body@0.1.0' {
  export function start(status: number, headers: [string, string][]): void
  export function write(chunk: Uint8Array): void
}
