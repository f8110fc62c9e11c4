import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KV_CONFORMANCE } from '../../../runtime/capabilities/kv/conformance.ts'
import { sqliteKv } from './sqlite-kv.ts'

const QUOTA = { maxBytes: 1000, maxKeys: 10 }
let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-kv-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

describe('sqliteKv()', () => {
  it.each(KV_CONFORMANCE)('$name', ({ run }) => run(() => sqliteKv({ directory })))

  it('keeps what a killed process had written', async () => {
    const program = `
      import { sqliteKv } from ${JSON.stringify(new URL('./sqlite-kv.ts', import.meta.url).href)}
      const space = await sqliteKv({ directory: ${JSON.stringify(directory)} }).open('agent')
      space.set('s', 'k', new TextEncoder().encode('kept'), { maxBytes: 1000, maxKeys: 10 })
      process.kill(process.pid, 'SIGKILL')
    `
    expect(() =>
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' }),
    ).toThrow('failed')
    await using space = await sqliteKv({ directory }).open('agent')
    expect(new TextDecoder().decode(await space.get('s', 'k'))).toBe('kept')
  })

  it('shares one file between two openers', async () => {
    await using one = await sqliteKv({ directory }).open('agent')
    await using other = await sqliteKv({ directory }).open('agent')
    await one.increment('s', 'n', 1n, QUOTA)
    await other.increment('s', 'n', 1n, QUOTA)
    expect(await one.increment('s', 'n', 0n, QUOTA)).toEqual({ state: 'stored', sum: 2n })
  })

  it('names the directory when it cannot be written', () => {
    const file = join(directory, 'a-file')
    writeFileSync(file, '')
    expect(() => sqliteKv({ directory: join(file, 'below') }).open('agent')).toThrow(
      expect.objectContaining({
        code: 'ERR_HOST_UNAVAILABLE',
        hint: expect.stringContaining(file),
      }),
    )
  })
})
