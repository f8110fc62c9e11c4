import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { digestOf } from '../digest/index.ts'
import { buildCache } from './build-cache.ts'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-build-cache-'))
const folder = join(directory, 'agent')
const source = join(folder, 'agent.ts')
const option = join(folder, 'tsconfig.json')
const absent = join(folder, 'absent', 'package.json')
const inputs = [source, option, absent]
const cache = buildCache(join(directory, 'cache'))

afterAll(() => rmSync(directory, { recursive: true }))

// Longer than a tick of the clock of the file system.
const TICKS_MS = 50

/** @param change - happens while the build reads */
async function remembered(identity: string, change = (): void => {}): Promise<boolean> {
  mkdirSync(folder, { recursive: true })
  rmSync(absent, { force: true, recursive: true })
  writeFileSync(source, 'before')
  writeFileSync(option, '{}')
  await cache.open()
  await pause(TICKS_MS)
  const startedMs = Date.now()
  await pause(TICKS_MS)
  change()
  const digest = await cache.store(digestOf(identity), new TextEncoder().encode(identity))
  await cache.remember(identity, { startedMs, inputs, digest, sourceMap: undefined })
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

  it.each<[string, () => void]>([
    ['a file is removed', () => rmSync(option)],
    ['a file is replaced by a folder', () => (rmSync(option), mkdirSync(option))],
    [
      'a file that was not there comes and goes',
      () => (
        mkdirSync(join(folder, 'absent')),
        rmSync(join(folder, 'absent'), { recursive: true })
      ),
    ],
  ])('does not note a build during which %s', async (what, change) => {
    expect(await remembered(what, change)).toBe(false)
    rmSync(option, { force: true, recursive: true })
  })

  it('notes a build that makes the cache beside its files', async () => {
    const own = buildCache(join(folder, '.mayfly/cache'))
    await own.open()
    await pause(TICKS_MS)
    const startedMs = Date.now()
    const digest = await own.store(digestOf('own'), new Uint8Array([1]))
    await own.remember('own', { startedMs, inputs, digest, sourceMap: undefined })
    expect(await own.recall('own')).toBeDefined()
  })
})
