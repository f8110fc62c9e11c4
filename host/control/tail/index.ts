/** The live events of a host, for clients of its control plane. @module */
export {
  isWanted,
  TAIL_LEVELS,
  tailFilterOf,
  type TailEvent,
  type TailFilter,
  type TailLevel,
  type TailLine,
} from './tail-event.ts'
export { TailHub } from './tail-hub.ts'
export { TAIL_ROUTES } from './tail-route.ts'
