/** Pure decisions. @module */
export { decideHttp, ruleFor, type HttpDecision, type HttpTarget } from './http-rule.ts'
