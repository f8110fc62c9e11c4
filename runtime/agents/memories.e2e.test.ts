/**
 * A process that has all the memories that V8 allows it: 16,283.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { FillReport } from './testing/fill-memories.ts'

const script = fileURLToPath(new URL('./testing/fill-memories.ts', import.meta.url))

describe('a process without room for another memory', () => {
  it(
    'runs what it can, has some wait, refuses the rest, and recovers',
    { timeout: 120_000 },
    async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [script])
      const report = JSON.parse(stdout) as FillReport
      expect(report).toMatchObject({
        codes: ['ERR_POOL_EXHAUSTED'],
        // Served in its turn; its body is too large.
        meanwhile: 500,
        answers: [5],
        after: 4,
        again: 800,
      })
      expect(report.running).toBeGreaterThan(50)
      expect(report.refused).toBeGreaterThan(50)
    },
  )
})
