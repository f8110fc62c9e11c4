/**
 * Key-value stores, each named in the manifest with what may be done to it.
 *
 * A store the manifest does not name does not exist for the guest: `denied`, whether or not another agent
 * has one of that name. Stores belong to one agent; sharing goes through an agent that others call.
 *
 * @module
 */

import { GuestError } from '../../capability/guest-error.ts'
import type {
  Capability,
  CapabilityEvent,
  ConfiguredCapability,
  Imports,
  InvocationContext,
} from '../../capability/contract.ts'
import type { Awaitable, KvDriver, KvNamespace, KvQuota } from './driver.ts'
import { readKvGrant, type KvGrant, type KvStoreGrant } from './grant.ts'

export interface KvOptions {
  /**
   * Calls one invocation may make.
   *
   * @default 1_000
   */
  maxCalls?: number
  /**
   * Values above this size, in bytes, are refused as `malformed`.
   *
   * @default 1_048_576
   */
  maxValueBytes?: number
}

// Long enough for two UUIDs and a path between them, short enough for the page of any B-tree.
const MAX_KEY_BYTES = 512
const MAX_PAGE_KEYS = 1000

interface Limits {
  readonly maxCalls: number
  readonly maxValueBytes: number
}

export function kv(
  driver: KvDriver,
  { maxCalls = 1_000, maxValueBytes = 1_048_576 }: KvOptions = {},
): Capability {
  return {
    name: 'kv',
    interfaces: ['mayfly:agent/kv'],
    example: '"kv": { "notes": { "access": "write" } }',
    async configure({ agent, grant }): Promise<ConfiguredCapability> {
      // The manifest's parser has checked the shape.
      const stores = readKvGrant(grant as KvGrant | undefined)
      if (stores.size === 0) return nothing()
      const namespace = await driver.open(agent)
      return {
        granted: true,
        prepare: (context) => prepare(context, namespace, stores, { maxCalls, maxValueBytes }),
        [Symbol.asyncDispose]: () => namespace[Symbol.asyncDispose](),
      }
    },
  }
}

/** For an agent without stores: the interface links, so that a JavaScript agent starts, and denies. */
function nothing(): ConfiguredCapability {
  const stores: ReadonlyMap<string, KvStoreGrant> = new Map()
  return {
    granted: false,
    prepare: (context) => prepare(context, undefined, stores, { maxCalls: 0, maxValueBytes: 0 }),
    async [Symbol.asyncDispose]() {},
  }
}

function prepare(
  context: InvocationContext,
  namespace: KvNamespace | undefined,
  stores: ReadonlyMap<string, KvStoreGrant>,
  { maxCalls, maxValueBytes }: Limits,
): Imports {
  let calls = 0

  /**
   * Checks grant and budget, runs `work`, which may answer at once or later, and makes of its answer what
   * the guest gets.
   */
  function use<Answer, Value>(
    action: string,
    store: string,
    needs: 'read' | 'write',
    work: (namespace: KvNamespace, quota: KvQuota) => Awaitable<Answer>,
    finish: (answer: Answer) => Value,
  ): Awaitable<Value> {
    const grant = stores.get(store)
    if (namespace === undefined || grant === undefined) {
      refuse(action, store, 'denied', `Add "${store}": { "access": "${needs}" } to capabilities.kv`)
    }
    if (needs === 'write' && grant.access !== 'write') {
      refuse(action, store, 'denied', `Set capabilities.kv.${store}.access to "write"`)
    }
    if (++calls > maxCalls) refuse(action, store, 'limited')
    const complete = (answer: Answer): Value => {
      const value = finish(answer)
      note(action, store, 'allowed')
      return value
    }
    let answer: Awaitable<Answer>
    try {
      answer = work(namespace, grant)
    } catch {
      fail(action, store)
    }
    if (!(answer instanceof Promise)) return complete(answer)
    return answer.then(complete, () => fail(action, store))
  }

  function note(action: string, store: string, outcome: CapabilityEvent['outcome']): void {
    context.record({ capability: 'kv', action, target: store, outcome })
  }

  function refuse(
    action: string,
    store: string,
    outcome: 'denied' | 'limited',
    hint?: string,
  ): never {
    context.record({
      capability: 'kv',
      action,
      // A name the guest made up may be anything: enough of it to recognise it by.
      target: store.slice(0, 64),
      outcome,
      ...(hint === undefined ? {} : { hint: `${hint} in the agent.json of "${context.agent}"` }),
    })
    throw new GuestError(outcome)
  }

  function fail(action: string, store: string): never {
    note(action, store, 'failed')
    throw new GuestError('unavailable')
  }

  function full(action: string, store: string): never {
    refuse(action, store, 'limited', `Raise maxBytes or maxKeys of capabilities.kv.${store}`)
  }

  return {
    'mayfly:agent/kv': {
      get: (store: string, key: string) => {
        checkKey(key)
        return use('get', store, 'read', (space) => space.get(store, key), same)
      },
      set: (store: string, key: string, value: Uint8Array) => {
        checkKey(key)
        if (value.length > maxValueBytes && stores.has(store)) throw new GuestError('malformed')
        return use(
          'set',
          store,
          'write',
          (space, quota) => space.set(store, key, value, quota),
          (outcome) => (outcome === 'full' ? full('set', store) : undefined),
        )
      },
      delete: (store: string, key: string) => {
        checkKey(key)
        return use('delete', store, 'write', (space) => space.delete(store, key), same)
      },
      keys: (store: string, prefix: string, cursor: string | undefined, limit: number) => {
        const size = Math.min(Math.max(limit, 1), MAX_PAGE_KEYS)
        // One more than asked for: whether there is a next page is known without asking again.
        const range = { prefix, after: cursor, limit: size + 1 }
        return use(
          'keys',
          store,
          'read',
          (space) => space.keys(store, range),
          (found) => {
            const keys = found.slice(0, size)
            return { keys, cursor: found.length > size ? keys.at(-1) : undefined }
          },
        )
      },
      increment: (store: string, key: string, delta: bigint) => {
        checkKey(key)
        return use(
          'increment',
          store,
          'write',
          (space, quota) => space.increment(store, key, delta, quota),
          (outcome) => {
            switch (outcome.state) {
              case 'stored':
                return outcome.sum
              case 'malformed':
                throw new GuestError('malformed')
              case 'full':
                return full('increment', store)
            }
          },
        )
      },
    },
  }
}

function checkKey(key: string): void {
  if (key.length === 0 || key.length > MAX_KEY_BYTES) throw new GuestError('malformed')
  // A string of n units is n to 3n bytes: only those in between need counting.
  if (key.length * 3 > MAX_KEY_BYTES && new TextEncoder().encode(key).length > MAX_KEY_BYTES) {
    throw new GuestError('malformed')
  }
}

function same<Value>(value: Value): Value {
  return value
}
