/**
 * Many requests wait at once in one worker of `mayfly serve`: each gets its own answer, and clients that leave instead
 * leave nothing.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { askOver } from './testing/ask-over.ts'
import { serving, writeFiles, type Serving } from './testing/mayfly-process.ts'

const SOAK = process.env['MAYFLY_SOAK'] !== undefined
const WAITING = SOAK ? 10_000 : 200
const DROPPED = SOAK ? 2_000 : 200
/** As long as clients take to come. */
const WAIT_MS = SOAK ? 45_000 : 3_000
const ABREAST = 100
const TIMEOUT_MS = SOAK ? 400_000 : 100_000
/** Of resident memory. */
const GROWTH = 1.1
const MIB = 1_048_576

const SCRIPT = `
  let calls = 0
  let kept
  export default {
    async fetch(request) {
      const { searchParams } = new URL(request.url)
      const id = searchParams.get('id')
      calls++
      const before = kept
      kept = id
      await new Promise((resolve) => setTimeout(resolve, Number(searchParams.get('until')) - Date.now()))
      return new Response([id, kept, calls, before].join())
    },
  }
`

const connections = new Agent({ keepAlive: true, maxSockets: Infinity })
let folder = ''
let host: Serving

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-waiting-'))
  writeFiles(folder, {
    'agent.json': {
      name: 'waiter',
      source: 'agent.js',
      limits: { deadlineMs: 300_000, concurrency: 10_000 },
    },
    'agent.js': SCRIPT,
  })
  const options = ['--port', '0', '--workers', '1', '--log-level', 'silent']
  host = await serving(['serve', folder, ...options, '--max-connections', '12000'], { cwd: folder })
}, 120_000)

afterAll(async () => {
  connections.destroy()
  await host?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function ask(path: string): Promise<string> {
  return (await askOver(connections, host.url + path)).text
}

/** Of the agent, by the name of its metric. */
async function metric(name: string): Promise<number> {
  const text = await ask('/-/metrics')
  return Number(new RegExp(`^mayfly_agent_${name}\\{.*\\} (\\d+)$`, 'm').exec(text)?.[1])
}

async function untilMetric(name: string, value: number): Promise<void> {
  await expect.poll(() => metric(name), { timeout: TIMEOUT_MS / 3, interval: 20 }).toBe(value)
}

/** Nothing waits or runs, and the next answer is right. */
async function expectNoneLeft(): Promise<void> {
  await untilMetric('active', 0)
  for (const name of ['running', 'queued', 'slots', 'slots_waiting', 'waiting', 'waiting_bytes'])
    await untilMetric(name, 0)
  expect(await ask('/waiter/?id=last&until=0')).toBe('last,last,1,')
}

function residentBytes(): number {
  const [, pages = '0'] = readFileSync(`/proc/${host.pid}/statm`, 'utf8').split(' ')
  return Number(pages) * 4096
}

/** Clients that leave without an answer, once their requests wait. */
async function drop(count: number): Promise<void> {
  const { hostname, port } = new URL(host.url)
  const until = Date.now() + 250_000
  for (let dropped = 0; dropped < count; dropped += ABREAST) {
    const sockets = Array.from({ length: ABREAST }, (_, n) => {
      const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''))
      socket.write(`GET /waiter/?id=${n}&until=${until} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`)
      return socket
    })
    await untilMetric('waiting', ABREAST)
    for (const socket of sockets) socket.destroy()
    await untilMetric('active', 0)
  }
}

it.runIf(process.platform === 'linux')(
  `${WAITING} requests wait at once, each for its own answer`,
  { timeout: TIMEOUT_MS },
  async () => {
    for (let n = 0; n < WAITING / 10; n++) await ask(`/waiter/?id=${n}&until=0`)
    const idle = residentBytes()
    const until = Date.now() + WAIT_MS
    const late: number[] = []
    const answers: Promise<string>[] = []
    for (let n = 0; n < WAITING; n++) {
      const answer = ask(`/waiter/?id=${n}&until=${until}`)
      void answer.then(() => late.push(Date.now() - until))
      answers.push(answer)
      // Not more than the queue of the listening socket takes. After the last there is no place for one more.
      if (n % ABREAST === 0) await ask(`/waiter/?id=${n}&until=0`)
    }
    await untilMetric('waiting', WAITING)
    const busy = residentBytes()
    expect(await metric('slots')).toBe(0)
    expect(Date.now()).toBeLessThan(until)
    expect(await Promise.all(answers)).toEqual(
      Array.from({ length: WAITING }, (_, n) => `${n},${n},1,`),
    )
    late.sort((a, b) => a - b)
    const p99 = late[Math.floor(late.length * 0.99)]
    console.log(
      `soak: ${WAITING} requests waited at once over HTTP, ${((busy - idle) / WAITING / 1024).toFixed()} KiB ` +
        `each with its connection, all due at once: last answer after ${late.at(-1)} ms, p99 ${p99} ms`,
    )
    await expectNoneLeft()
  },
)

it.runIf(process.platform === 'linux')(
  `${DROPPED} clients leave instead, and nothing of them is left`,
  { timeout: TIMEOUT_MS },
  async () => {
    connections.destroy()
    await drop(DROPPED / 4)
    await expectNoneLeft()
    const before = residentBytes()
    const abandoned = await metric('abandoned_total')
    await drop(DROPPED)
    await expectNoneLeft()
    expect(await metric('abandoned_total')).toBe(abandoned + DROPPED)
    const after = residentBytes()
    console.log(
      `soak: ${DROPPED} connections dropped, resident ${(before / MIB).toFixed()} to ${(after / MIB).toFixed()} MiB`,
    )
    if (SOAK) expect(after).toBeLessThan(before * GROWTH)
  },
)
