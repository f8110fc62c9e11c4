/** Analyses core modules and rewrites them. @module */
export { analyzeModule, type ModuleAnalysis } from './analyze-module.ts'
export { appendCustomSection } from './append-custom-section.ts'
export { codeIdentity } from './code-identity.ts'
export type { DeclaredState } from './declared-state.ts'
export { boundModuleBytes, examineModules } from './examine-module.ts'
export {
  FUEL_GLOBAL,
  HOOK_MODULE,
  isHiddenName,
  mapName,
  companionName,
  OUT_OF_FUEL,
  TURN,
  ROOM_GLOBAL,
  START_NAME,
  stateName,
  type StateKind,
} from './hidden-names.ts'
export { longExports, type LongExports } from './long-exports.ts'
export { initialise, type NoteWrite } from './initialise.ts'
export type { ModuleState } from './module-state.ts'
export { BLOCK_SHIFT } from './function-emitter.ts'
export { MARK_SLACK_BYTES } from './mark-tracker.ts'
export {
  readSnapshot,
  rewriteModule,
  type DataInitialiser,
  type Initialisers,
  type CompanionImport,
  type RewrittenModule,
  type StateSource,
} from './rewrite-module.ts'
export type { CoreModule } from './core-module.ts'
export { readCoreModule } from './read-core-module.ts'
export { redirectCalls, type Redirected } from './redirect-calls.ts'
export type { RewriteOptions } from './rewrite-options.ts'
export { useOf, type ModuleUse } from './module-use.ts'
export { FEATURES, INSTRUCTIONS, type Feature } from './instruction-table.ts'
export { roomOf, STACK_BYTES, TABLE_ELEMENT_BYTES, WASM_PAGE_BYTES } from './room.ts'
