import { describe, it } from 'vitest'
import { KV_CONFORMANCE } from '../conformance.ts'
import { memoryKv } from './memory.ts'

describe('memoryKv()', () => {
  it.each(KV_CONFORMANCE)('$name', ({ run }) => {
    let time = 0
    return run({ open: () => memoryKv({ now: () => time }), pass: (ms) => void (time += ms) })
  })
})
