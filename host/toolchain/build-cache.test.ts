import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { digestOf } from '../digest/index.ts'
import { buildCache } from './build-cache.ts'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-build-cache-'))
const source = join(directory, 'agent.ts')
const cache = buildCache(join(directory, 'cache'))

afterAll(() => rmSync(directory, { recursive: true }))

// Longer than a tick of the clock of the file system.
const TICKS_MS = 50

/** @param change - happens while the build reads */
async function remembered(identity: string, change = (): void => {}): Promise<boolean> {
  writeFileSync(source, 'before')
  await pause(TICKS_MS)
  const startedMs = Date.now()
  await pause(TICKS_MS)
  change()
  const digest = await cache.store(digestOf(identity), new TextEncoder().encode(identity))
  await cache.remember(identity, { startedMs, inputs: [source], digest, sourceMap: undefined })
  return (await cache.recall(identity)) !== undefined
}

describe('cache.remember()', () => {
  it('notes a build whose files are as it read them', async () => {
    expect(await remembered('same')).toBe(true)
  })

  it('does not note a build when a file has changed meanwhile, because it may have read the old content', async () => {
    expect(await remembered('changed', () => writeFileSync(source, 'after'))).toBe(false)
  })

  it('sees the change of a file whose size and time are as before', async () => {
    const change = (): void => {
      const { atime, mtime } = statSync(source)
      writeFileSync(source, 'behind')
      utimesSync(source, atime, mtime)
    }
    expect(await remembered('set back', change)).toBe(false)
  })
})
