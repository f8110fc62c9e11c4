/**
 * `WeakRef` that keeps its object until the present turn is over, as the standard has it: an engine that counts references
 * frees an object at once.
 *
 * @module
 */

import { quiet } from '../engine.ts'

const NativeWeakRef = globalThis.WeakRef
let kept: unknown[] = []

export class WeakRef<Target extends WeakKey> extends NativeWeakRef<Target> {
  constructor(target: Target) {
    super(target)
    keep(target)
  }

  override deref(): Target | undefined {
    const target = super.deref()
    if (target !== undefined) keep(target)
    return target
  }
}

function keep(target: unknown): void {
  if (kept.push(target) === 1) void quiet().then(forget)
}

function forget(): void {
  kept = []
}
