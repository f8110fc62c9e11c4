/** Chooses the cases that compare two checkouts: wanted, able to run here, and present in both. @module */
import type { CaseName } from './checkout.ts'
import type { ListedSuite } from './turn-process.ts'

/** A case by its name in each checkout. */
export interface CasePair {
  readonly here: CaseName
  readonly there: CaseName
}

export interface Pairing {
  readonly pairs: readonly CasePair[]
  /** Remarks for the reader: cases of one checkout only, suites that cannot be loaded. */
  readonly remarks: readonly string[]
}

/**
 * A suite may have been renamed between the two: a case that is not in the suite of that name there may be in any.
 *
 * @param wanted - suites, or `suite/case`; none stands for all
 * @throws {RangeError} when one is unknown, or names a case that two checkouts are not compared by
 */
export function pairCases(
  wanted: readonly string[],
  here: readonly ListedSuite[],
  there: readonly ListedSuite[],
): Pairing {
  const remarks: string[] = []
  const pairs: CasePair[] = []
  const all = there.flatMap(({ suite, cases }) => cases.map(({ name }) => ({ suite, name })))
  for (const { suite, name } of wantedCases(wanted, here)) {
    const named = all.filter((each) => each.name === name)
    const found = named.find((each) => each.suite === suite) ?? named[0]
    if (found !== undefined) pairs.push({ here: { suite, name }, there: found })
    else remarks.push(`only in this checkout: ${suite}/${name}`)
  }
  const suites = new Set(
    wanted.length === 0 ? here.map(({ suite }) => suite) : wanted.map((each) => each.split('/')[0]),
  )
  const known = new Set(here.flatMap(({ cases }) => cases.map(({ name }) => name)))
  for (const { suite, name } of all) {
    if (!suites.has(suite) || known.has(name)) continue
    remarks.push(`only in the other checkout: ${suite}/${name}`)
  }
  for (const [where, listed] of [
    ['this', here],
    ['the other', there],
  ] as const) {
    for (const { suite, error } of listed) {
      if (error === undefined || !suites.has(suite)) continue
      remarks.push(`suite "${suite}" of ${where} checkout cannot be loaded: ${error}`)
    }
  }
  return { pairs, remarks }
}

function wantedCases(wanted: readonly string[], here: readonly ListedSuite[]): CaseName[] {
  if (wanted.length === 0) return here.flatMap(timedCases)
  return wanted.flatMap((each) => {
    const [suite, name] = each.split('/')
    const listed = here.find((known) => known.suite === suite)
    if (listed === undefined) {
      const known = here.map((one) => one.suite).join(', ')
      throw new RangeError(`Cannot compare "${each}": the suites are ${known}`)
    }
    const timed = timedCases(listed)
    const chosen = name === undefined ? timed : timed.filter((one) => one.name === name)
    // Of a suite that cannot be loaded no case is known; a remark says so.
    if (chosen.length === 0 && listed.error === undefined) {
      const known = timed.map((one) => one.name).join(', ') || 'none'
      throw new RangeError(
        `Cannot compare "${each}": what two checkouts are compared by is ${known}`,
      )
    }
    return chosen
  })
}

function timedCases({ suite, cases }: ListedSuite): CaseName[] {
  return cases.filter(({ against }) => against !== false).map(({ name }) => ({ suite, name }))
}
