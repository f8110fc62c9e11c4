/** What a registry asks of the place where it keeps what it knows. @module */
export { memoryState } from './memory-state.ts'
export { isStateName, requireStateName, type StateStore } from './state-store.ts'
