/** Who may do what at the control plane. @module */
export type { Access } from './access.ts'
export { TOKEN_ACTIONS, type Action, type TokenAction } from './action.ts'
export {
  authenticate,
  isOfOtherOrigin,
  type FindToken,
  type FoundToken,
  type RequestHead,
} from './authenticate.ts'
export { denialOf, isSeen, type Deed, type Denial } from './permission.ts'
export { callerOf, isKnown, type Known, type Principal, type TokenScope } from './principal.ts'
