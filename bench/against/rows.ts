/** The rows that two checkouts are compared by, filled round by round until each is decided. @module */
import type { Finding } from '../measure/result.ts'
import { decide, LOOK_ROUNDS, type State } from './decide.ts'
import type { Round } from './round.ts'

export interface Row {
  readonly measure: string
  readonly subject: string
  /** This checkout ÷ the other, of the medians of each round. */
  readonly ratios: number[]
  /** Nothing while it is open. */
  state: State | undefined
}

/** The rows of one case. */
export class CaseRows {
  readonly #rows = new Map<string, Row>()
  /** Rows of one checkout only, as `measure, subject`. */
  readonly onlyHere: Set<string> = new Set()
  readonly onlyThere: Set<string> = new Set()

  get rows(): readonly Row[] {
    return [...this.#rows.values()]
  }

  get isDecided(): boolean {
    return this.rows.every(({ state }) => state !== undefined)
  }

  add({ here, there }: Pick<Round, 'here' | 'there'>): void {
    const contenders = new Set(here.filter(({ contender }) => contender).map(nameOf))
    const own = timesOf(here)
    const other = timesOf(there)
    for (const [name, { measure, subject, value }] of own) {
      if (contenders.has(name)) continue
      const divisor = other.get(name)?.value
      if (divisor === undefined) {
        this.onlyHere.add(name)
        continue
      }
      const row = this.#rows.get(name) ?? { measure, subject, ratios: [], state: undefined }
      this.#rows.set(name, row)
      // A difference of two times can be nothing, or less on a busy machine: such a round has no ratio.
      const hasRatio = value.p50 > 0 && divisor.p50 > 0
      if (hasRatio && row.state === undefined) row.ratios.push(value.p50 / divisor.p50)
    }
    for (const name of other.keys()) {
      if (!own.has(name) && !contenders.has(name)) this.onlyThere.add(name)
    }
  }

  /** Decides the rows that this many rounds can decide; all rows after the last round. */
  look(rounds: number, lastRound: number): void {
    const isLast = rounds === lastRound
    if (!isLast && rounds % LOOK_ROUNDS !== 0) return
    for (const row of this.#rows.values()) row.state ??= decide(row.ratios, isLast)
  }
}

/** Times by name. A case may name the same time twice, with two goals. */
function timesOf(findings: readonly Finding[]): Map<string, Finding> {
  const times = findings.filter(({ unit }) => unit === 'µs' || unit === 'ms')
  return new Map(times.map((finding) => [nameOf(finding), finding]))
}

function nameOf({ measure, subject }: Finding): string {
  return `${measure}, ${subject}`
}
