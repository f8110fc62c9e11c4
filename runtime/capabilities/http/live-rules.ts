/**
 * The http rules of one agent while it runs: leases are counted, rules may be narrowed, and an open request is cut when
 * its rule is gone.
 *
 * Attenuation keeps rules in their places and changes neither their headers nor their networks. The sender knows the
 * rules as they were deployed, so it gets those.
 *
 * @module
 */

import {
  countInMemory,
  decideHttp,
  explainHttp,
  leaseHint,
  leaseLeftMs,
  useLease,
  type CountUse,
  type HttpDecision,
  type HttpRule,
  type HttpTarget,
} from '../../policy/index.ts'

interface Open {
  readonly index: number
  readonly target: HttpTarget
  cut(): void
}

export class LiveRules {
  readonly #deployed: readonly HttpRule[]
  readonly #countUse: CountUse
  readonly #open = new Set<Open>()
  #rules: readonly HttpRule[]

  constructor(rules: readonly HttpRule[], countUse: CountUse = countInMemory()) {
    this.#deployed = rules
    this.#rules = rules
    this.#countUse = countUse
  }

  /** Decides. If a rule with a lease allows the request, counts a use. */
  decide(target: HttpTarget): HttpDecision {
    const decision = decideHttp(this.#rules, target)
    if (decision.state === 'denied') return decision
    const { rule, name } = decision
    const refusal = useLease(name, rule, this.#countUse)
    if (refusal !== undefined) return this.#decideAgain(target, name, refusal)
    return this.#rules === this.#deployed ? decision : { ...decision, rule: this.#asDeployed(rule) }
  }

  /**
   * Calls `cut` when the request that `decision` allowed is no longer granted. Returns a function that ends the watch.
   *
   * @param decision - from `decide`, for `target`
   */
  watch(
    { rule }: HttpDecision & { readonly state: 'allowed' },
    target: HttpTarget,
    cut: () => void,
  ): () => void {
    const index = this.#deployed.indexOf(rule)
    const current = this.#rules[index] ?? rule
    const open: Open = { index, target, cut }
    this.#open.add(open)
    const leftMs = leaseLeftMs(current)
    const timer = leftMs > MAX_TIMER_MS ? undefined : setTimeout(cut, leftMs)
    return () => {
      clearTimeout(timer)
      this.#open.delete(open)
    }
  }

  attenuate(rules: readonly HttpRule[]): void {
    this.#rules = rules
    for (const { index, target, cut } of this.#open) {
      const rule = rules[index]
      const stays =
        rule !== undefined &&
        leaseLeftMs(rule) > 0 &&
        decideHttp([rule], target).state === 'allowed'
      if (!stays) cut()
    }
  }

  /** Decides again: another rule may allow the request when the first no longer does. */
  #decideAgain(target: HttpTarget, ended: string, refusal: string): HttpDecision {
    for (const { name, rule, reason } of explainHttp(this.#rules, target).slice(1)) {
      if (reason !== undefined || name === ended) continue
      if (useLease(name, rule, this.#countUse) !== undefined) continue
      return { state: 'allowed', name, rule: this.#asDeployed(rule) }
    }
    return { state: 'denied', reason: refusal, hint: leaseHint(ended) }
  }

  #asDeployed(rule: HttpRule): HttpRule {
    return this.#deployed[this.#rules.indexOf(rule)] ?? rule
  }
}

// Above this, timers fire at once. Nothing stays open for so long.
const MAX_TIMER_MS = 2 ** 31 - 1
