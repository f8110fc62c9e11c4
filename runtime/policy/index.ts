/** Pure decisions. @module */
export {
  decideHttp,
  explainHttp,
  ruleFor,
  type HttpDecision,
  type HttpTarget,
  type HttpVerdict,
} from './http-rule.ts'
export { countInMemory, leaseLeftMs, useLease, type CountUse } from './lease.ts'
export {
  CONNECTION_FIELDS,
  endToEnd,
  isFieldName,
  isFieldValue,
  PROXY_FIELDS,
} from './http-field.ts'
export { explainOrigin, mayAnswer, ORIGIN_FIELDS } from './origin-field.ts'
export type { OwnOrigin, SharedOrigin, WebOrigin } from './web-origin.ts'
export { checkFinalStatus, isBodyless, isNullBodyStatus, isRefusedMethod } from './http-message.ts'
export type { HttpRule, Lease, Network } from '../manifest/index.ts'
export {
  leaseNames,
  attenuateCapabilities,
  parseAttenuation,
  type Attenuation,
} from './attenuate.ts'
export { capabilityDiff, type AgentPowers, type CapabilityDiff } from './capability-diff.ts'
