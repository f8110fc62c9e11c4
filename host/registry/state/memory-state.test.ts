import { describe, it } from 'vitest'
import { memoryState } from './memory-state.ts'
import { STATE_CONFORMANCE } from './conformance.ts'

describe('memoryState()', () => {
  it.each(STATE_CONFORMANCE)('$name', ({ run }) => {
    const kept = new Map<string, Uint8Array>()
    run({ open: () => memoryState(kept) })
  })
})
