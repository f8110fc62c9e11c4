/**
 * Shares a bounded amount of something, such as sockets or bytes, among agents.
 *
 * Each agent has a ceiling below the whole amount, so that a greedy agent leaves some to the others. Claims that
 * must wait are served in turns by agent.
 *
 * @module
 */
import { TurnQueue, type Verdict } from './turn-queue.ts'

/** How much there is, and how much of it one agent may have. */
export interface FairShareOptions {
  /** The whole amount. */
  readonly max: number
  /** The ceiling of one agent. An agent that holds nothing may exceed it with its first claim. */
  readonly maxByAgent: number
  /**
   * The ceiling of all agents together for one label, such as the origin of a connection.
   *
   * @default no ceiling but `max`
   */
  readonly maxByLabel?: number
  /**
   * An agent that holds no more than this may take although nothing is left.
   *
   * @default 0
   */
  readonly floor?: number
  /** How many may wait, of one agent. */
  readonly maxWaitingByAgent: number
}

/** A claim of an agent. */
export interface Claim {
  /** Whose share it counts against. */
  readonly agent: string
  /** How much. */
  readonly amount: number
  /** @default '' */
  readonly label?: string
}

/** The current use by one agent, or by all agents. */
export interface ShareUse {
  /** The amount they hold. */
  readonly held: number
  /** Claims that wait. */
  readonly waiting: number
  /** Claims that were refused, ever. */
  readonly refused: number
}

interface Account {
  held: number
  refused: number
}

interface Waiter {
  readonly claim: Claim
  readonly granted: () => void
}

const NOTHING: ShareUse = { held: 0, waiting: 0, refused: 0 }

/** Deals out a bounded amount of something to agents, in turns. */
export class FairShare {
  readonly #options: Required<FairShareOptions>
  /** Of agents that hold something or were refused. */
  readonly #accounts = new Map<string, Account>()
  readonly #labels = new Map<string, number>()
  readonly #queue = new TurnQueue<string, Waiter>()
  #held = 0
  #refused = 0
  /** Whether the rest is reserved: the next claim in turn is larger than the rest and waits for more. */
  #kept = false

  constructor({ maxByLabel = Infinity, floor = 0, ...options }: FairShareOptions) {
    this.#options = { ...options, maxByLabel, floor }
  }

  /** @param agent - name of the agent; without it the use of all agents is returned */
  use(agent?: string): ShareUse {
    if (agent === undefined)
      return { held: this.#held, waiting: this.#queue.size, refused: this.#refused }
    const waiting = this.#queue.sizeOf(agent)
    const account = this.#accounts.get(agent)
    return account === undefined ? { ...NOTHING, waiting } : { ...account, waiting }
  }

  /** Takes at once, or returns false when other claims come first or the rest is too small. */
  take(claim: Claim): boolean {
    const { agent, label = '' } = claim
    const isBehind =
      this.#queue.size > 0 &&
      this.#queue.of(agent).some((waiter) => (waiter.claim.label ?? '') === label)
    if (isBehind || this.#lack(claim) !== undefined) return false
    this.#grant(claim)
    return true
  }

  /**
   * Waits for the claim's turn, takes it, then calls `granted`.
   *
   * @returns a function that gives up waiting; `undefined` when the claim is refused, because too many claims of the
   *   agent wait already
   */
  wait(claim: Claim, granted: () => void): (() => void) | undefined {
    const { agent } = claim
    if (this.#queue.sizeOf(agent) >= this.#options.maxWaitingByAgent) {
      this.refuse(agent)
      return undefined
    }
    const waiter = { claim, granted }
    this.#queue.push(agent, waiter)
    this.#deal()
    return () => {
      // The rest may have been reserved for this claim.
      if (this.#queue.delete(agent, waiter)) this.#deal()
    }
  }

  /** Counts a claim that was refused and does not wait. */
  refuse(agent: string): void {
    this.#accountOf(agent).refused++
    this.#refused++
  }

  /** Gives back a claim that was taken. */
  give({ agent, amount, label = '' }: Claim): void {
    const account = this.#accountOf(agent)
    account.held -= amount
    this.#held -= amount
    if (account.held === 0 && account.refused === 0) this.#accounts.delete(agent)
    if (label !== '') {
      const left = (this.#labels.get(label) ?? 0) - amount
      if (left > 0) this.#labels.set(label, left)
      else this.#labels.delete(label)
    }
    if (this.#queue.size > 0) this.#deal()
  }

  #deal(): void {
    for (;;) {
      this.#kept = false
      const waiter = this.#queue.next((each) => this.#judge(each))
      if (waiter === undefined) return
      waiter.granted()
    }
  }

  #judge({ claim }: Waiter): Verdict {
    switch (this.#lack(claim)) {
      case undefined:
        // Granted before the callback runs, because the callback may claim more.
        this.#grant(claim)
        return 'serve'
      case 'label':
        return 'skip'
      case 'agent':
        return 'skip-agent'
      case 'all':
        this.#kept = true
        return 'stop'
    }
  }

  /** Returns the ceiling that `claim` would exceed, if any. */
  #lack({ agent, amount, label = '' }: Claim): 'agent' | 'label' | 'all' | undefined {
    const { max, maxByAgent, maxByLabel, floor } = this.#options
    const held = this.#accounts.get(agent)?.held ?? 0
    if (held > 0 && held + amount > maxByAgent) return 'agent'
    if (label !== '' && (this.#labels.get(label) ?? 0) + amount > maxByLabel) return 'label'
    if (held + amount <= floor) return undefined
    return this.#kept || (this.#held > 0 && this.#held + amount > max) ? 'all' : undefined
  }

  #grant({ agent, amount, label = '' }: Claim): void {
    this.#accountOf(agent).held += amount
    this.#held += amount
    if (label !== '') this.#labels.set(label, (this.#labels.get(label) ?? 0) + amount)
  }

  #accountOf(agent: string): Account {
    let account = this.#accounts.get(agent)
    if (account === undefined) {
      account = { held: 0, refused: 0 }
      this.#accounts.set(agent, account)
    }
    return account
  }
}
