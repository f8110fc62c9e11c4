/**
 * Guests that count no fuel and never let their thread go: the watchdog ends them, and others are served meanwhile and
 * after.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { controlSocket, startServer, type MayflyServer } from './index.ts'
import { agent, ask, LOOP, run } from './testing/components.ts'

const HOUR_MS = 3_600_000
// A second on a machine that has nothing else to do.
const SOON_MS = 3_000
const DEADLINE_MS = 500

let directory = ''
let server: MayflyServer
let socketPath = ''

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-watchdog-'))
  const unmetered = { metering: 'watchdog', reset: 'copy' }
  server = await startServer({
    agents: [
      // An hour, but not for others.
      await agent('neighbour', { deadlineMs: HOUR_MS }),
      await agent(
        'brief',
        { deadlineMs: DEADLINE_MS, ...unmetered },
        { run: `${LOOP} unreachable` },
      ),
      await agent('long', { deadlineMs: HOUR_MS, ...unmetered }, { run: `${LOOP} unreachable` }),
    ],
    port: 0,
    workers: 2,
    dataDirectory: join(directory, 'data'),
    logLevel: 'silent',
  })
  socketPath = controlSocket(join(directory, 'data')) ?? ''
}, 240_000)

afterAll(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

const control = (path: string, method = 'POST') => ask(server.url + path, { method, socketPath })
const health = () => control('/-/health', 'GET')

/** Asks the neighbour until it answers: a connection may fall to a worker that hangs or ends. */
async function neighbourAnswers(): Promise<void> {
  const answer = async () => expect(await run(server, 'neighbour', 41)).toMatchObject({ body: 41 })
  await vi.waitFor(answer, { timeout: 20_000, interval: 50 })
}

/** Has one worker hang in a call of `name`. Resolves when the host has noticed; `ended` when the call broke off. */
async function hang(name: string): Promise<{ ended: Promise<unknown> }> {
  const ended = run(server, name).then(
    () => 'answered',
    () => 'broken off',
  )
  await vi.waitFor(async () => expect((await health()).status).toBe(503), {
    timeout: 20_000,
    interval: 50,
  })
  return { ended }
}

async function wellAgain(): Promise<void> {
  await vi.waitFor(async () => expect((await health()).status).toBe(200), {
    timeout: 30_000,
    interval: 50,
  })
}

describe('a worker that hangs', () => {
  it('is ended past the deadline of what runs on it, whatever others may take', async () => {
    const { ended } = await hang('brief')
    await neighbourAnswers()
    expect(await ended).toBe('broken off')
    await wellAgain()
    await neighbourAnswers()
  })

  it('is no worker that is ready, and the host is not well, until it is replaced', async () => {
    await hang('long')
    const { status, body } = await health()
    expect([status, body]).toMatchObject([
      503,
      { status: 'degraded', workers: { ready: 1, wanted: 2 } },
    ])
    await control('/-/agents/long/kill')
    await wellAgain()
    expect((await health()).body).toMatchObject({ status: 'ok', workers: { ready: 2, wanted: 2 } })
  })

  it.each(['kill', 'disable'])('is ended by %s within a second, which says so', async (command) => {
    const { ended } = await hang('long')
    const startedAt = performance.now()
    const { status, body } = await control(`/-/agents/long/${command}`)
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
    expect([status, body]).toMatchObject([200, { agent: 'long', terminated: 1, silent: 0 }])
    expect(await ended).toBe('broken off')
    await neighbourAnswers()
    await control('/-/agents/long/enable')
    await wellAgain()
  })

  it('is left alone by a command when it answers', async () => {
    const { body } = await control('/-/agents/neighbour/kill')
    expect(body).toMatchObject({ terminated: 0, silent: 0, workers: 2 })
    await neighbourAnswers()
  })
})
