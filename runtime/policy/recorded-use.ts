/**
 * Whether a manifest would allow a use that the audit log has of another version of the agent.
 *
 * The log has names and no payload: of a request its method, host and port, and neither path nor scheme. So some
 * answers cannot be told.
 *
 * @module
 */
import { kvNeeds } from '../capabilities/kv/grant.ts'
import type { Capabilities, HttpRule } from '../manifest/index.ts'
import { explainHttp, type HttpVerdict } from './http-rule.ts'
import { useLease, type CountUse } from './lease.ts'

/** A use, as the audit log has it. */
export interface RecordedUse {
  readonly capability: string
  /** The WIT function, or the method of a request. */
  readonly action: string
  /** The store, the tool, or the host with its port. */
  readonly target: string
}

export type UseVerdict =
  | { readonly state: 'allowed' }
  /** `unknown`: by facts that the log does not have. */
  | { readonly state: 'denied' | 'unknown'; readonly reason: string }

const ALLOWED: UseVerdict = { state: 'allowed' }

// Of the parts of a verdict the path is the last: a rule that matches so far allows other paths.
const PATH_DEPTH = 4

/**
 * Returns `undefined` for a capability whose uses cannot be judged.
 *
 * @param countUse - counts the uses of leases, so that one that would be used up denies the next
 */
export function judgeUse(
  capabilities: Capabilities,
  use: RecordedUse,
  countUse: CountUse,
): UseVerdict | undefined {
  switch (use.capability) {
    case 'http':
      return judgeHttp(capabilities.http ?? [], use, countUse)
    case 'kv':
      return judgeKv(capabilities, use, countUse)
    case 'tools':
      return judgeTool(capabilities, use, countUse)
    default:
      return undefined
  }
}

function judgeKv(
  { kv = {} }: Capabilities,
  { action, target }: RecordedUse,
  countUse: CountUse,
): UseVerdict {
  const store = Object.hasOwn(kv, target) ? kv[target] : undefined
  if (store === undefined) return denied(`store "${target}": not granted`)
  if (kvNeeds(action) === 'write' && store.access !== 'write') {
    return denied(`store "${target}": only "read" granted`)
  }
  return ofLease(useLease(`kv.${target}`, store, countUse))
}

function judgeTool(
  { tools = {} }: Capabilities,
  { target }: RecordedUse,
  countUse: CountUse,
): UseVerdict {
  const tool = Object.hasOwn(tools, target) ? tools[target] : undefined
  if (tool === undefined) return denied(`tool "${target}": not granted`)
  return ofLease(useLease(`tools.${target}`, tool, countUse))
}

function judgeHttp(
  rules: readonly HttpRule[],
  { action: method, target }: RecordedUse,
  countUse: CountUse,
): UseVerdict {
  const verdicts = ['https', 'http'].flatMap((scheme) => {
    const url = URL.parse(`${scheme}://${target}/`)
    return url === null ? [] : explainHttp(rules, { method, url })
  })
  const matching = verdicts.filter(({ depth }) => depth >= PATH_DEPTH)
  const whole = matching.find(({ rule }) => rule.paths.includes('/*'))
  if (whole !== undefined) return ofLease(useLease(whole.name, whole.rule, countUse))
  const [some] = matching
  if (some === undefined) return denied(nearestReason(verdicts))
  return {
    state: 'unknown',
    reason: `paths are not in the log: ${some.rule.paths.join(', ')} granted`,
  }
}

function nearestReason(verdicts: readonly HttpVerdict[]): string {
  const [nearest] = verdicts.toSorted((a, b) => b.depth - a.depth)
  return nearest?.reason ?? 'no rule'
}

function ofLease(ended: string | undefined): UseVerdict {
  return ended === undefined ? ALLOWED : denied(ended)
}

function denied(reason: string): UseVerdict {
  return { state: 'denied', reason }
}
