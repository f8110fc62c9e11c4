/** Images of state, and slots that carry them. @module */
export { Blank } from './blank.ts'
export {
  collectState,
  type CollectOptions,
  type CoreState,
  type StateMemory,
} from './core-state.ts'
export { differences } from './differences.ts'
export { Image, type ImageData, type MemoryImage } from './image.ts'
export { longLifts } from './long-lifts.ts'
export { mapWriter } from './map-writer.ts'
export { PAGE_BYTES, PageStore } from './page-store.ts'
export { STAMP_MODES, Stamper, type StampMode } from './stamper.ts'
export { CodeCache, type CodeOptions, type CodeStore, type CoreCode } from './core-code.ts'
export {
  Borrower,
  SlotPool,
  type BorrowRequest,
  type PooledSlot,
  type SlotPoolOptions,
  type Waiting,
} from './pool.ts'
export { Shape } from './shape.ts'
export { ShapeStore, type PreparedCode } from './shape-store.ts'
export { Slot, type SlotOptions } from './slot.ts'
