/**
 * Hosts that share the queues of one directory are ended by SIGKILL, again and again: every message whose sender was told
 * that it is kept is handled, or is a dead letter if it is one that fails.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { sqliteQueue } from '../../drivers/sqlite-queue/index.ts'

const IS_SOAK = process.env['MAYFLY_SOAK'] !== undefined
const KILLS = IS_SOAK ? 1_000 : 2
const HOSTS = IS_SOAK ? 2 : 1
// Of leases and delays: time goes faster here.
const SPEED = 100
const ORDERS = { agent: 'mailer', queue: 'orders' }

/** Sends and handles messages, one good and one bad each round, and notes both with the disk's word for it. */
function program(directory: string, isSending: boolean): string {
  const at = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)
  const file = (name: string): string => JSON.stringify(join(directory, name))
  return `
    import { appendFileSync } from 'node:fs'
    import { manifestFromObject } from ${at('../../../runtime/manifest/index.ts')}
    import { sqliteQueue } from ${at('../../drivers/sqlite-queue/index.ts')}
    import { QueueDeliveries } from ${at('./queue-deliveries.ts')}
    const isSending = ${isSending}
    const now = () => Date.now() * ${SPEED}
    const driver = sqliteQueue({ directory: ${JSON.stringify(directory)}, now, onKept: (queues) => deliveries.wake(queues) })
    const deliveries = new QueueDeliveries({ driver, now, onDead() {}, onFault(_, error) { throw error } })
    const consumes = { orders: { retries: 1, backoffMs: 0, concurrency: 4 } }
    const manifest = manifestFromObject({ name: 'mailer', consumes, limits: { deadlineMs: 1 } })
    deliveries.serve([{ name: 'mailer', manifest, disabled: false, async call(_, [, messages]) {
      return messages.map(({ id, body }) => {
        if (body[0] === 1) return { tag: 'retry' }
        appendFileSync(${file('handled')}, id + '\\n')
        return { tag: 'done' }
      })
    } }])
    // Loops keep no process alive.
    setInterval(() => {}, 60_000)
    if (!isSending) console.log('handles')
    while (isSending) {
      const kept = await Promise.all([0, 1].map(async (bad) => {
        const message = { agent: 'mailer', queue: 'orders', sender: 'shop', body: new Uint8Array([bad]), delayMs: 0 }
        const { state, id } = await driver.send(message, { maxMessages: 1e6, maxBytes: 1e9 })
        return state === 'kept' ? [(bad ? 'bad ' : 'good ') + id] : []
      }))
      appendFileSync(${file('kept')}, kept.flat().map((line) => line + '\\n').join(''))
      console.log('sent')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  `
}

/** Resolves when it has sent its first messages. */
async function begin(directory: string, isSending: boolean): Promise<ChildProcess> {
  const args = ['--input-type=module', '-e', program(directory, isSending)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

it(
  'a message that is kept is handled or a dead letter, whatever host is killed at any moment',
  { timeout: IS_SOAK ? 7_200_000 : 60_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mayfly-storm-'))
    let last: ChildProcess | undefined
    try {
      for (let kills = 0; kills < KILLS; kills += HOSTS) {
        const hosts = await Promise.all(Array.from({ length: HOSTS }, () => begin(directory, true)))
        await pause((kills * 37) % 100)
        const ends = hosts.map((host) => once(host, 'exit'))
        for (const host of hosts) host.kill('SIGKILL')
        await Promise.all(ends)
      }
      last = await begin(directory, false)
      await using driver = sqliteQueue({ directory, now: () => Date.now() * SPEED })
      const lines = (name: string): string[] =>
        readFileSync(join(directory, name), 'utf8').trim().split('\n')
      const kept = lines('kept')
      const idsOf = (kind: string): string[] =>
        kept.flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : []))
      await vi.waitFor(
        async () => {
          const handled = new Set(lines('handled'))
          const dead = new Set((await driver.peek(ORDERS, 'dead', 1e9)).map(({ id }) => id))
          expect(idsOf('good').filter((id) => !handled.has(id) && !dead.has(id))).toEqual([])
          expect(idsOf('bad').filter((id) => !dead.has(id))).toEqual([])
          expect(idsOf('good').filter((id) => dead.has(id))).toEqual([])
        },
        { timeout: 30_000, interval: 50 },
      )
      const database = new DatabaseSync(join(directory, 'queues.sqlite'))
      expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
      database.close()
      const twice = lines('handled').length - new Set(lines('handled')).size
      const counts = `${idsOf('good').length} handled, ${idsOf('bad').length} dead letters`
      console.log(
        `soak: ${KILLS} kills, ${kept.length} messages: ${counts}, ${twice} handled twice`,
      )
    } finally {
      if (last?.exitCode === null) {
        const ended = once(last, 'exit')
        last.kill('SIGKILL')
        await ended
      }
      rmSync(directory, { recursive: true })
    }
  },
)
