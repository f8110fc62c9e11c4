import { describe, it } from 'vitest'
import { KV_CONFORMANCE } from '../conformance.ts'
import { memoryKv } from './memory.ts'

describe('memoryKv()', () => {
  it.each(KV_CONFORMANCE)('$name', ({ run }) => run(memoryKv))
})
