/** Pure decisions. @module */
export {
  decideHttp,
  explainHttp,
  ruleFor,
  type HttpDecision,
  type HttpTarget,
  type HttpVerdict,
} from './http-rule.ts'
export { countInMemory, leaseHint, leaseLeftMs, useLease, type CountUse } from './lease.ts'
export { judgeUse, type RecordedUse, type UseVerdict } from './recorded-use.ts'
export {
  CONNECTION_FIELDS,
  endToEnd,
  isFieldName,
  isFieldValue,
  PROXY_FIELDS,
  SERVER_ORDERS,
} from './http-field.ts'
export { explainOrigin, mayAnswer, ORIGIN_FIELDS } from './origin-field.ts'
export type { OwnOrigin, SharedOrigin, WebOrigin } from './web-origin.ts'
export { checkFinalStatus, isBodyless, isNullBodyStatus, isRefusedMethod } from './http-message.ts'
export type { HttpRule, Lease, Network } from '../manifest/index.ts'
export { attenuateCapabilities, parseAttenuation, type Attenuation } from './attenuate.ts'
export { capabilityDiff, type AgentPowers, type CapabilityDiff } from './capability-diff.ts'
export { carriedUses } from './carried-uses.ts'
export { parseRestore, restoreGrants, type Restored, type TakenFrom } from './restore.ts'
export { changedPlaces, leaseNames, powerTexts } from './granted.ts'
export { takenBy, withoutTaken, withTaken, type LeftGrants } from './taken.ts'
export type { TakenGrant } from './taken-grant.ts'
export { leftAgain, takenBetween } from './taken-between.ts'
