/** From component bytes to a plan, and from a plan to a live instance. @module */
export type { LinkPlan } from './plan.ts'
