import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { clearStores, sqliteKv } from './index.ts'

const QUOTA = { maxBytes: 1000, maxKeys: 2 }

it('clearStores() empties every store, also for those that have it open, and says what was in it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-clear-'))
  try {
    expect(clearStores(join(directory, 'absent'))).toEqual([])
    await using one = await sqliteKv({ directory }).open('one')
    await using _ = await sqliteKv({ directory }).open('empty')
    const entry = (key: string) => ({ key, value: new Uint8Array(1) })
    one.set('a', entry('k'), QUOTA)
    one.set('b', entry('k'), QUOTA)
    writeFileSync(join(directory, 'agents.json'), '{}')
    expect(clearStores(directory)).toEqual([{ agent: 'one', keys: 2 }])
    expect(one.get('a', 'k')).toBe(undefined)
    // The count of its quota began anew.
    for (const key of ['x', 'y']) expect(one.set('a', entry(key), QUOTA)).toBe('stored')
    expect(clearStores(directory)).toEqual([{ agent: 'one', keys: 2 }])
  } finally {
    rmSync(directory, { recursive: true })
  }
})
