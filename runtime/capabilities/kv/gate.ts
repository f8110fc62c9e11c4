/**
 * The gate of every key-value call: it checks the grant of the store and the budget of calls, and records the outcome.
 *
 * @module
 */

import type { CapabilityEvent, InvocationContext } from '../../host-module/index.ts'
import { GuestError } from '../../host-module/guest-error.ts'
import { leaseHint, useLease, type CountUse } from '../../policy/index.ts'
import type { Awaitable, KvNamespace, KvQuota } from './driver.ts'
import { kvNeeds, type KvStoreGrant } from './grant.ts'

export interface KvCall<Answer, Value> {
  /** The WIT function. */
  readonly action: string
  readonly store: string
  /**
   * How many keys it touches: each counts against the budget.
   *
   * @default 1
   */
  readonly keys?: number
  /**
   * Bytes of the values it is given.
   *
   * @default 0
   */
  readonly bytes?: number
  /** May answer at once or later. */
  work(namespace: KvNamespace, quota: KvQuota): Awaitable<Answer>
  /** Converts the driver's answer to the guest's value. */
  finish(answer: Answer, refuse: KvRefusals): Value
}

/** The ends of a call that only the driver's answer shows. */
export interface KvRefusals {
  full(): never
  limited(hint: string): never
  malformed(): never
}

export class KvGate {
  readonly #context: InvocationContext
  readonly #namespace: KvNamespace | undefined
  readonly #storeOf: (name: string) => KvStoreGrant | undefined
  readonly #countUse: CountUse

  constructor(
    context: InvocationContext,
    namespace: KvNamespace | undefined,
    /** Asked for every call: grants may be narrowed meanwhile. */
    storeOf: (name: string) => KvStoreGrant | undefined,
    countUse: CountUse,
  ) {
    this.#context = context
    this.#namespace = namespace
    this.#storeOf = storeOf
    this.#countUse = countUse
  }

  /** @throws {GuestError} */
  use<Answer, Value>({
    action,
    store,
    keys = 1,
    bytes = 0,
    work,
    finish,
  }: KvCall<Answer, Value>): Awaitable<Value> {
    const grant = this.#storeOf(store)
    const needs = kvNeeds(action)
    if (this.#namespace === undefined || grant === undefined) {
      const hint = `Add "${store}": { "access": "${needs}" } to capabilities.kv`
      this.#refuse(action, store, 'denied', hint)
    }
    if (needs === 'write' && grant.access !== 'write') {
      this.#refuse(action, store, 'denied', `Set capabilities.kv.${store}.access to "write"`)
    }
    const rule = `kv.${store}`
    const ended = useLease(rule, grant, this.#countUse)
    if (ended !== undefined) {
      this.#refuse(action, store, 'denied', `${leaseHint(rule)} (${ended})`)
    }
    if (!this.#context.budget.take('kvOperations', keys)) {
      this.#refuse(action, store, 'limited', 'Raise limits.kvOperations')
    }
    this.#context.work('key', keys)
    this.#context.work('byte', bytes)
    const complete = (answer: Answer): Value => {
      // Read whether or not the guest gets it.
      this.#context.work('byte', bytesOf(answer))
      const value = finish(answer, this.#refusals(action, store))
      this.#note(action, store, 'allowed')
      return value
    }
    let answer: Awaitable<Answer>
    try {
      answer = work(this.#namespace, grant)
    } catch {
      this.#fail(action, store)
    }
    if (!(answer instanceof Promise)) return complete(answer)
    return answer.then(complete, () => this.#fail(action, store))
  }

  #refusals(action: string, store: string): KvRefusals {
    return {
      full: () =>
        this.#refuse(
          action,
          store,
          'limited',
          `Raise maxBytes or maxKeys of capabilities.kv.${store}`,
        ),
      limited: (hint) => this.#refuse(action, store, 'limited', hint),
      malformed: () => {
        throw new GuestError('malformed')
      },
    }
  }

  #note(action: string, store: string, outcome: CapabilityEvent['outcome']): void {
    const rule = `kv.${store}`
    this.#context.record({ capability: 'kv', action, target: store, outcome, rule })
  }

  #refuse(action: string, store: string, outcome: 'denied' | 'limited', hint?: string): never {
    const { agent } = this.#context
    this.#context.record({
      capability: 'kv',
      action,
      // A name the guest made up may be anything: enough of it to recognise it by.
      target: store.slice(0, 64),
      outcome,
      ...(outcome === 'denied' ? {} : { rule: `kv.${store}` }),
      ...(hint === undefined ? {} : { hint: `${hint} in the agent.json of "${agent}"` }),
    })
    throw new GuestError(outcome)
  }

  #fail(action: string, store: string): never {
    this.#note(action, store, 'failed')
    throw new GuestError('unavailable')
  }
}

// Cost of a key in a list beside its bytes, in bytes.
const ENTRY_BYTES = 64

/** Of values and keys that a driver answers with. */
function bytesOf(answer: unknown): number {
  if (answer instanceof Uint8Array) return answer.byteLength
  if (!Array.isArray(answer)) return 0
  return answer.reduce((sum: number, each: unknown) => {
    if (each === undefined) return sum
    return sum + ENTRY_BYTES + (typeof each === 'string' ? each.length : bytesOf(each))
  }, 0)
}
