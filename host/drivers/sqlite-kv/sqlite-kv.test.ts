import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
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
  it.each(KV_CONFORMANCE)('$name', ({ run }) => {
    let time = 0
    return run({
      open: () => sqliteKv({ directory, now: () => time }),
      pass: (ms) => void (time += ms),
    })
  })

  it('makes files that are for this user only, whatever the mask of the process', async () => {
    const mask = process.umask(0)
    try {
      const inner = join(directory, 'inner')
      await using space = await sqliteKv({ directory: inner }).open('agent')
      space.set('s', { key: 'k', value: new Uint8Array(1) }, QUOTA)
      const modes = readdirSync(inner)
        .toSorted()
        .map((name) => [name, (statSync(join(inner, name)).mode & 0o777).toString(8)])
      expect(modes).toEqual(
        ['', '-shm', '-wal'].map((suffix) => [`agent.kv.sqlite${suffix}`, '600']),
      )
      expect(statSync(inner).mode & 0o777).toBe(0o700)
    } finally {
      process.umask(mask)
    }
  })

  it('keeps what a killed process had written', async () => {
    const program = `
      import { sqliteKv } from ${JSON.stringify(new URL('./sqlite-kv.ts', import.meta.url).href)}
      const space = await sqliteKv({ directory: ${JSON.stringify(directory)} }).open('agent')
      space.set('s', { key: 'k', value: new TextEncoder().encode('kept') }, { maxBytes: 1000, maxKeys: 10 })
      process.kill(process.pid, 'SIGKILL')
    `
    expect(() =>
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' }),
    ).toThrow('failed')
    await using space = await sqliteKv({ directory }).open('agent')
    expect(new TextDecoder().decode(await space.get('s', 'k'))).toBe('kept')
  })

  it(
    'is whole after SIGKILL at any moment, with all that was acknowledged',
    { timeout: 120_000 },
    async () => {
      let acknowledged = 0
      for (const delayMs of [0, 3, 11, 28, 57]) {
        acknowledged = await writeUntilKilled(delayMs, acknowledged)
        await using space = await sqliteKv({ directory }).open('agent')
        const [left, right] = await space.getMany('s', ['left', 'right'])
        expect(left).toEqual(right)
        expect(Number(new TextDecoder().decode(left))).toBeGreaterThanOrEqual(acknowledged)
        const database = new DatabaseSync(join(directory, 'agent.kv.sqlite'))
        expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
        expect({ ...database.prepare('SELECT keys, bytes FROM usage').get() }).toEqual({
          ...database
            .prepare(
              'SELECT count(*) AS keys, sum(octet_length(key) + length(value)) AS bytes FROM kv',
            )
            .get(),
        })
        database.close()
      }
      expect(acknowledged).toBeGreaterThan(0)
    },
  )

  it('opens a file of the first version and keeps what it held', async () => {
    const database = new DatabaseSync(join(directory, 'agent.kv.sqlite'))
    database.exec(`
      CREATE TABLE kv (store TEXT, key TEXT, value BLOB, PRIMARY KEY (store, key)) WITHOUT ROWID;
      INSERT INTO kv VALUES ('s', 'k', x'31');
    `)
    database.close()
    await using space = await sqliteKv({ directory }).open('agent')
    expect(new TextDecoder().decode(await space.get('s', 'k'))).toBe('1')
    expect(await space.increment('s', 'k', 1n, QUOTA)).toEqual({ state: 'stored', sum: 2n })
  })

  it('refuses a file of a newer version by its name, and leaves it as it is', () => {
    const file = join(directory, 'agent.kv.sqlite')
    const database = new DatabaseSync(file)
    database.exec('PRAGMA user_version = 9')
    database.close()
    const before = readFileSync(file)
    expect(() => sqliteKv({ directory }).open('agent')).toThrow(
      expect.objectContaining({
        code: 'ERR_HOST_UNAVAILABLE',
        message: `Cannot open key-value file "${file}": it is of version 9, this host knows version 1`,
        hint: expect.stringContaining('--data'),
      }),
    )
    expect(readFileSync(file)).toEqual(before)
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

/** Lets a child write as fast as it can, kills it, and returns the last write that it had said was done. */
async function writeUntilKilled(delayMs: number, from: number): Promise<number> {
  const program = `
    import { writeSync } from 'node:fs'
    import { sqliteKv } from ${JSON.stringify(new URL('./sqlite-kv.ts', import.meta.url).href)}
    const space = await sqliteKv({ directory: ${JSON.stringify(directory)} }).open('agent')
    for (let n = ${from + 1}; ; n++) {
      const value = new TextEncoder().encode(String(n))
      const padding = { key: 'p' + (n % 50), value: new Uint8Array(n % 5000) }
      space.setMany(
        's',
        [{ key: 'left', value }, padding, { key: 'right', value }],
        { maxBytes: 1e7, maxKeys: 1000 },
      )
      writeSync(1, n + '\\n')
    }
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8')
  await once(child.stdout, 'data').then(([first]) => (output += String(first)))
  child.stdout.on('data', (text: string) => (output += text))
  setTimeout(() => child.kill('SIGKILL'), delayMs)
  await once(child, 'close')
  // The last line may be cut off.
  return Math.max(...output.split('\n').slice(0, -1).map(Number))
}
