/** The parts that grants are made of. Each capability describes its own grant in its `grant.ts`. @module */
export { canonical } from './canonical.ts'
export { describe, fieldRegistry } from './describe.ts'
export {
  AGENT_NAME,
  bytes,
  count,
  countSchema,
  integer,
  KIB,
  MAX_BUDGET_BYTES,
  MIB,
  name,
} from './fields.ts'
export type { GrantKind, Limited, LimitField } from './grant-kind.ts'
export { bare, canonicalHost } from './host-name.ts'
export {
  HOST_LISTS,
  noHostSide,
  quota,
  type HostList,
  type HostSide,
  type HostUse,
  type Quota,
} from './host-side.ts'
export { leaseFields, leaseText, type Lease } from './lease.ts'
export { matchesName, matchesRoute, matchingPattern } from './name-pattern.ts'
export { isTexts, type NarrowFields } from './narrow-fields.ts'
export {
  leasedList,
  leasedRecord,
  noParts,
  removable,
  type ChangePart,
  type PartRule,
  type Parts,
} from './parts.ts'
export { power, wholePower, type Power } from './power.ts'
export { LATER_LIMITS } from './later-limits.ts'
