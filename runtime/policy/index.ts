/** Pure decisions. @module */
export {
  decideHttp,
  HTTP_NETWORKS,
  HTTP_SCHEMES,
  ruleFor,
  type HttpDecision,
  type HttpNetwork,
  type HttpRule,
  type HttpScheme,
  type HttpTarget,
} from './http-rule.ts'
