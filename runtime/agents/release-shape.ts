/**
 * Gives back the hold on a shape.
 *
 * @module
 */
import type { Shape, ShapeStore, Slot, SlotPool } from '../stamp/index.ts'

/** Drops the slots of `shape` from `pool` when this was the last hold on it. */
export function releaseShape(shape: Shape, shapes: ShapeStore, pool: SlotPool<Slot>): void {
  if (shapes.release(shape)) pool.dropShape(shape)
}
