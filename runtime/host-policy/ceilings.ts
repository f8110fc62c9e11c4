/**
 * The numbers of a manifest against the ceilings of a policy.
 *
 * A manifest as it is parsed does not show whether a number was written or left out. So a number that is the default
 * counts as left out: it is lowered. Any other that is above its ceiling is refused.
 *
 * @module
 */
import { GRANT_KINDS } from '../capabilities/grants.ts'
import { freeze, isObject, type Path } from '../documents/index.ts'
import { defaultLimit, LIMIT_CEILINGS, type Manifest } from '../manifest/index.ts'
import type { HostPolicy, PolicyPart, Tenant } from './host-policy.ts'
import { loweredLine, refusedLine, type Decider, type PolicyLine } from './policy-line.ts'

/** A part of the policy that holds for an agent. */
export interface HoldingPart extends Decider {
  readonly part: PolicyPart
}

/** The parts that hold for an agent: that of its tenant comes first, so that it is named where both say the same. */
export function partsFor(
  policy: HostPolicy,
  tenant: string | undefined,
): readonly [HoldingPart, ...HoldingPart[]] {
  const host: HoldingPart = { tenant: undefined, part: policy }
  const own: Tenant | undefined = tenant === undefined ? undefined : policy.tenants?.[tenant]
  return own === undefined ? [host] : [{ tenant, part: own }, host]
}

/** The numbers of a manifest under a policy. */
export interface BoundedManifest {
  /** With the numbers that were lowered. */
  readonly manifest: Manifest
  readonly refused: readonly PolicyLine[]
  readonly lowered: readonly PolicyLine[]
}

/** A number of a manifest that has a ceiling. */
interface Bounded {
  /** Where it stands in the manifest. */
  readonly path: Path
  /** `undefined` for no bound. */
  readonly value: number | undefined
  readonly isDefault: boolean
  /** Where its ceiling stands in a part of the policy. */
  readonly rule: Path
  /** What the manifest has there, if more than the value has to be said. */
  readonly what?: string
}

export function boundManifest(
  manifest: Manifest,
  parts: readonly [HoldingPart, ...HoldingPart[]],
): BoundedManifest {
  const refused: PolicyLine[] = []
  const lowered: PolicyLine[] = []
  let bounded: Manifest = manifest
  for (const { path, value, isDefault, rule, what } of numbersOf(manifest)) {
    const lowest = lowestCeiling(parts, rule)
    if (lowest === undefined || (value ?? Infinity) <= lowest.ceiling) continue
    const { decider, ceiling } = lowest
    const named = ruleIn(decider.part, rule)
    if (isDefault) {
      lowered.push(loweredLine(decider, path, value, ceiling, named))
      // The same manifest, but for a number.
      bounded = withNumber(bounded, path, ceiling) as Manifest
    } else if (value !== undefined) {
      refused.push(refusedLine(decider, path, value, String(ceiling), named, what))
    }
  }
  return { manifest: lowered.length === 0 ? manifest : freeze(bounded), refused, lowered }
}

function numbersOf({ limits, capabilities }: Manifest): Bounded[] {
  const limited = Object.keys(LIMIT_CEILINGS).map((name): Bounded => {
    const value: unknown = Reflect.get(limits, name)
    const number = typeof value === 'number' ? value : undefined
    const path = ['limits', name]
    return { path, value: number, isDefault: number === defaultLimit(name), rule: path }
  })
  const grants: Readonly<Record<string, unknown>> = { ...capabilities }
  const granted = [...GRANT_KINDS].flatMap(([capability, { hostSide }]) => {
    const grant = grants[capability]
    if (grant === undefined) return []
    return hostSide.quotasOf(grant).map(({ field, path, ...quota }): Bounded => {
      const place = ['capabilities', capability, ...path]
      const what = path.length === 0 ? `with ${quota.value} ${field}` : undefined
      const rule = ['quotas', capability, field]
      return { ...quota, path: place, rule, ...(what === undefined ? {} : { what }) }
    })
  })
  return [...limited, ...granted]
}

function lowestCeiling(
  parts: readonly HoldingPart[],
  rule: Path,
): { readonly decider: HoldingPart; readonly ceiling: number } | undefined {
  let lowest: { decider: HoldingPart; ceiling: number } | undefined
  for (const decider of parts) {
    const ceiling = numberAt(decider.part, ruleIn(decider.part, rule))
    if (ceiling !== undefined && ceiling < (lowest?.ceiling ?? Infinity)) {
      lowest = { decider, ceiling }
    }
  }
  return lowest
}

/**
 * Where `part` says the ceiling. A streamed answer may go on for as long as a request may take, where nothing says how
 * long: else a bound on the one would be none for the other.
 */
function ruleIn(part: PolicyPart, rule: Path): Path {
  const [group, name] = rule
  const isOpen = name === 'connectionMs' && numberAt(part, rule) === undefined
  return isOpen && group !== undefined ? [group, 'deadlineMs'] : rule
}

function numberAt(part: PolicyPart, path: Path): number | undefined {
  let value: unknown = part
  for (const key of path) {
    value = isObject(value) && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
  }
  return typeof value === 'number' ? value : undefined
}

/** A copy of `value` with `number` at `path`. Quotas stand in objects only, never in lists. */
function withNumber(value: unknown, [key, ...rest]: Path, number: number): unknown {
  if (key === undefined) return number
  const fields = isObject(value) ? value : {}
  return { ...fields, [key]: withNumber(Reflect.get(fields, key), rest, number) }
}
