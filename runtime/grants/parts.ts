/**
 * The parts of a grant: each stands at a place, and can be revoked and narrowed there while the agent runs.
 *
 * @module
 */
import { endNow, LEASE_FIELDS, type Lease } from './lease.ts'
import type { NarrowFields } from './narrow-fields.ts'

/** How a part becomes less. */
export interface PartRule<Part> {
  readonly fields: NarrowFields<Part>
  /**
   * Returns the revoked part; `undefined` when revoking removes it.
   *
   * @param now - milliseconds since 1970
   */
  revoke(part: Part, now: number): Part | undefined
}

/** Returns the new value of the part at `place`; `undefined` removes it. */
export type ChangePart = <Part>(place: string, part: Part, rule: PartRule<Part>) => Part | undefined

export interface Parts<Grant> {
  /** Pattern of the places behind the name of the capability: `\[\d+\]`. */
  readonly place: string | undefined
  /** Whether uses of the parts can be counted. */
  readonly isLeased: boolean
  /** The places behind the name of the capability: `[0]`, `.notes`. */
  places(grant: Grant): string[]
  /** The grant with the part at `place`, which is one of `places`, and no other. */
  only(grant: Grant, place: string): Grant
  change(grant: Grant, change: ChangePart): Grant
}

const NAME_PLACE = String.raw`\.[\w.-]+`

/** For a grant that stays the same until the next deploy. */
export function noParts<Grant>(): Parts<Grant> {
  return {
    place: undefined,
    isLeased: false,
    places: () => [],
    only: (grant) => grant,
    change: (grant) => grant,
  }
}

/** A list of leases. A part keeps its place, so that `http[1]` is the same rule before and after. */
export function leasedList<Part extends Lease>(fields: NarrowFields<Part>): Parts<readonly Part[]> {
  const rule = leased(fields)
  return {
    place: String.raw`\[\d+\]`,
    isLeased: true,
    places: (grant) => grant.map((_, index) => `[${index}]`),
    only: (grant, place) => grant.slice(indexIn(place), indexIn(place) + 1),
    // A lease that is revoked has ended, and stays.
    change: (grant, change) => grant.map((part, index) => change(`[${index}]`, part, rule) ?? part),
  }
}

/** Leases by name. */
export function leasedRecord<Part extends Lease>(
  fields: NarrowFields<Part>,
): Parts<Readonly<Record<string, Part>>> {
  return { ...byName(leased(fields)), isLeased: true }
}

/** Parts by name that have no lease: revoking removes the part. */
export function removable<Part>(): Parts<Readonly<Record<string, Part>>> {
  return { ...byName<Part>({ fields: {}, revoke: () => undefined }), isLeased: false }
}

/** Of a place in a list: 3 of `[3]`. */
function indexIn(place: string): number {
  return Number(place.slice(1, -1))
}

function leased<Part extends Lease>(fields: NarrowFields<Part>): PartRule<Part> {
  return { fields: { ...LEASE_FIELDS, ...fields }, revoke: endNow }
}

function byName<Part>(
  rule: PartRule<Part>,
): Omit<Parts<Readonly<Record<string, Part>>>, 'isLeased'> {
  return {
    place: NAME_PLACE,
    places: (grant) => Object.keys(grant).map((name) => `.${name}`),
    only(grant, place) {
      const part = grant[place.slice(1)]
      return part === undefined ? {} : { [place.slice(1)]: part }
    },
    change: (grant, change) =>
      Object.fromEntries(
        Object.entries(grant).flatMap(([name, part]) => {
          const left = change(`.${name}`, part, rule)
          return left === undefined ? [] : [[name, left]]
        }),
      ),
  }
}
