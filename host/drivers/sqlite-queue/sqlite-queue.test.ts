import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { QUEUE_CONFORMANCE } from '../../../runtime/capabilities/queue/conformance.ts'
import { sqliteQueue } from './sqlite-queue.ts'

const QUOTA = { maxMessages: 1000, maxBytes: 1_000_000 }
const ORDERS = { agent: 'mailer', queue: 'orders' }
const LEASE = { maxMessages: 9, maxBytes: 9999, leaseMs: 1000 }
const MESSAGE = {
  ...ORDERS,
  sender: 'shop',
  body: new Uint8Array([1]),
  contentType: undefined,
  delayMs: 0,
  key: undefined,
}
let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-queue-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

describe('sqliteQueue()', () => {
  it.each(QUEUE_CONFORMANCE)('$name', ({ run }) => {
    let time = 0
    return run({
      open: () => sqliteQueue({ directory, now: () => time }),
      pass: (ms) => void (time += ms),
    })
  })

  it('makes no file before it is used, and then files for this user only', async () => {
    const inner = join(directory, 'inner')
    await using driver = sqliteQueue({ directory: inner })
    expect(readdirSync(directory)).toEqual([])
    await driver.send(MESSAGE, QUOTA)
    expect(statSync(join(inner, 'queues.sqlite')).mode & 0o777).toBe(0o600)
  })

  it('writes messages of one turn together, and says of which queues', async () => {
    const kept: unknown[] = []
    await using driver = sqliteQueue({ directory, onKept: (queues) => void kept.push(queues) })
    const outcomes = await Promise.all(
      [1, 2].map(async (maxMessages) => driver.send(MESSAGE, { ...QUOTA, maxMessages })),
    )
    expect(outcomes.map(({ state }) => state)).toEqual(['kept', 'kept'])
    expect(kept).toEqual([[ORDERS, ORDERS]])
  })

  it('rejects all messages of a turn that cannot be written', async () => {
    await using driver = sqliteQueue({ directory })
    await driver.send(MESSAGE, QUOTA)
    const other = new DatabaseSync(join(directory, 'queues.sqlite'))
    other.exec('DROP TABLE usage')
    other.close()
    const sent = await Promise.allSettled([1, 2].map(async () => driver.send(MESSAGE, QUOTA)))
    expect(sent.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await driver.lease(ORDERS, LEASE)).toHaveLength(1)
  })

  it('keeps what a killed process had sent, and gives back what it had leased', async () => {
    const program = `
      import { sqliteQueue } from ${JSON.stringify(new URL('./sqlite-queue.ts', import.meta.url).href)}
      const driver = sqliteQueue({ directory: ${JSON.stringify(directory)}, now: () => 0 })
      const message = ${JSON.stringify(MESSAGE)}
      await driver.send({ ...message, body: new Uint8Array(7) }, ${JSON.stringify(QUOTA)})
      await driver.lease(message, ${JSON.stringify(LEASE)})
      process.kill(process.pid, 'SIGKILL')
    `
    expect(() =>
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' }),
    ).toThrow('failed')
    let time = 999
    await using driver = sqliteQueue({ directory, now: () => time })
    expect(await driver.lease(ORDERS, LEASE)).toEqual([])
    time = 1000
    expect(await driver.lease(ORDERS, LEASE)).toMatchObject([
      { body: new Uint8Array(7), attempts: 2, failures: 0 },
    ])
  })
})
