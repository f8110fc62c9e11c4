/**
 * A key-value driver that keeps everything in the memory of one runtime.
 *
 * For tests, examples and hosts without a disk. What it holds is gone with the process, and two workers do
 * not see each other's values.
 *
 * @module
 */

import { addToCounter, encodeCounter } from '../counter.ts'
import type { KvDriver, KvIncrementOutcome, KvNamespace, KvQuota, KvRange } from '../driver.ts'

export function memoryKv(): KvDriver {
  const namespaces = new Map<string, MemoryNamespace>()
  return {
    name: 'memory',
    open(namespace) {
      // The same agent deployed again finds what it had: only the driver's end is the end of the values.
      let opened = namespaces.get(namespace)
      if (opened === undefined) namespaces.set(namespace, (opened = new MemoryNamespace()))
      return opened
    },
  }
}

interface Store {
  readonly values: Map<string, Uint8Array>
  /** Made when first asked for, dropped when a key comes or goes. */
  sorted: string[] | undefined
  bytes: number
}

class MemoryNamespace implements KvNamespace {
  readonly #stores = new Map<string, Store>()

  get(store: string, key: string): Uint8Array | undefined {
    return this.#stores.get(store)?.values.get(key)?.slice()
  }

  set(store: string, key: string, value: Uint8Array, quota: KvQuota): 'stored' | 'full' {
    const target = this.#store(store)
    const old = target.values.get(key)
    const keyBytes = byteLength(key)
    const bytes = target.bytes + value.length - (old === undefined ? -keyBytes : old.length)
    const grows = old === undefined || value.length > old.length
    if (grows && bytes > quota.maxBytes) return 'full'
    if (old === undefined && target.values.size >= quota.maxKeys) return 'full'
    if (old === undefined) target.sorted = undefined
    // Copied: the caller's buffer may be a view of linear memory, which the guest will overwrite.
    target.values.set(key, value.slice())
    target.bytes = bytes
    return 'stored'
  }

  delete(store: string, key: string): void {
    const target = this.#store(store)
    const old = target.values.get(key)
    if (old === undefined) return
    target.values.delete(key)
    target.sorted = undefined
    target.bytes -= byteLength(key) + old.length
  }

  keys(store: string, { prefix, after, limit }: KvRange): string[] {
    const target = this.#store(store)
    target.sorted ??= [...target.values.keys()].sort(compareUtf8)
    return target.sorted
      .filter(
        (key) => key.startsWith(prefix) && (after === undefined || compareUtf8(key, after) > 0),
      )
      .slice(0, limit)
  }

  increment(store: string, key: string, delta: bigint, quota: KvQuota): KvIncrementOutcome {
    const sum = addToCounter(this.#stores.get(store)?.values.get(key), delta)
    if (sum === undefined) return { state: 'malformed' }
    const written = this.set(store, key, encodeCounter(sum), quota)
    return written === 'full' ? { state: 'full' } : { state: 'stored', sum }
  }

  // What the namespace holds outlives the deploy that opened it.
  async [Symbol.asyncDispose](): Promise<void> {}

  #store(name: string): Store {
    let store = this.#stores.get(name)
    if (store === undefined) {
      store = { values: new Map(), sorted: undefined, bytes: 0 }
      this.#stores.set(name, store)
    }
    return store
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}

/** The order of UTF-8 bytes is that of code points; `<` compares UTF-16 units, which differs above U+FFFF. */
function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    if (left.charCodeAt(index) === right.charCodeAt(index)) continue
    // Mid-pair both sides share the high surrogate, so comparing the low ones is right as well.
    return (left.codePointAt(index) ?? 0) - (right.codePointAt(index) ?? 0)
  }
  return left.length - right.length
}
