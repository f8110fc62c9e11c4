/**
 * One round of one case: a new process of each checkout, which measure in turn and never at once.
 *
 * The turns go A B B A A B …, so that neither side always comes second, and another program that takes the machine for
 * some hundred milliseconds slows down both.
 *
 * @module
 */
import type { InterleaveOptions } from '../measure/interleave.ts'
import type { Finding } from '../measure/result.ts'
import type { CasePair } from './cases.ts'
import { startCase, type CaseInTurns } from './checkout.ts'

export interface Checkouts {
  readonly here: string
  readonly there: string
}

export interface RoundOptions {
  readonly sampling: InterleaveOptions
  /** Whether the other checkout has the first turn. */
  readonly otherFirst: boolean
  /** Ends it between two turns. */
  readonly signal: AbortSignal
}

export interface Round {
  readonly here: readonly Finding[]
  readonly there: readonly Finding[]
  /** Why parts were left out, in either. */
  readonly skipped: readonly string[]
}

/**
 * @throws {Error} when the case fails in one of them
 * @throws the reason of `signal`
 */
export async function runRound(
  { here, there }: Checkouts,
  pair: CasePair,
  { sampling, otherFirst, signal }: RoundOptions,
): Promise<Round> {
  const own = new Side('this checkout', startCase(here, pair.here, sampling))
  const other = new Side('the other checkout', startCase(there, pair.there, sampling))
  const order = otherFirst ? [other, own] : [own, other]
  try {
    while (order.some(({ findings }) => findings === undefined)) {
      for (const side of order) await side.turn()
      signal.throwIfAborted()
      order.reverse()
    }
  } finally {
    for (const side of order) await side.process.end()
  }
  return {
    here: own.findings ?? [],
    there: other.findings ?? [],
    skipped: [...own.process.skipped, ...other.process.skipped],
  }
}

class Side {
  readonly #where: string
  readonly process: CaseInTurns
  /** Its findings, once it is done. */
  findings: readonly Finding[] | undefined

  constructor(where: string, process: CaseInTurns) {
    this.#where = where
    this.process = process
  }

  async turn(): Promise<void> {
    if (this.findings !== undefined) return
    const end = await this.process.turn()
    if (end === undefined) return
    if (end.kind !== 'found') {
      throw new Error(`${this.#where}: ${end.kind === 'failed' ? end.error : 'no case was run'}`)
    }
    this.findings = end.findings
    // It must not compute beside the other, which may have more to do.
    await this.process.end()
  }
}
