/** Pure decisions. @module */
export {
  decideHttp,
  explainHttp,
  ruleFor,
  type HttpDecision,
  type HttpTarget,
  type HttpVerdict,
} from './http-rule.ts'
export { isFieldName, isFieldValue } from './http-field.ts'
export type { HttpRule, Network } from '../manifest/index.ts'
