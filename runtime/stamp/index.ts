/** Images of state, and slots that carry them. @module */
export { Blank } from './blank.ts'
export {
  collectState,
  type CollectOptions,
  type CoreState,
  type StateMemory,
} from './core-state.ts'
export type { Difference, MemoryDifference } from './difference.ts'
export { differences } from './differences.ts'
export { Image, type ImageData, type MemoryImage } from './image.ts'
export { longLifts } from './long-lifts.ts'
export { mapWriter } from './map-writer.ts'
export { PAGE_BYTES, PageStore } from './page-store.ts'
export { STAMP_MODES, Stamper, type StampMode } from './stamper.ts'
export { codeOfModule, REWRITER_VERSION, type CodeOptions, type CoreCode } from './code-facts.ts'
export { CodeMaker } from './code-maker.ts'
export { CodeCache, type CodeStore } from './core-code.ts'
export { SlotPool, type SlotGivers, type SlotPoolOptions } from './pool.ts'
export { Borrower, type BorrowRequest, type PooledSlot, type Waiting } from './pooled-slot.ts'
export { Shape } from './shape.ts'
export { ShapeStore, type PreparedCode } from './shape-store.ts'
export { Slot, type SlotOptions } from './slot.ts'
export { modulesBeside } from './small-modules.ts'
export { unref } from './unref.ts'
