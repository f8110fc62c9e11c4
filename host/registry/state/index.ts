/** The contract of the store where a registry keeps its state. @module */
export { memoryState } from './memory-state.ts'
export { isStateName, requireStateName, type StateStore } from './state-store.ts'
