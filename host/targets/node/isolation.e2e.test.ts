/**
 * A host whose guests run in processes: what one group does to its own process, and that the clients of another notice
 * nothing of it.
 *
 * @module
 */

import { readdirSync, readFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { policyFromObject } from '../../../runtime/host-policy/index.ts'
import { auditDirectory, controlSocket, startServer, type MayflyServer } from './index.ts'
import { standingWall, wallText } from './isolation/index.ts'
import { agent, ask, deploy, deployForm, LOOP, run } from './testing/components.ts'

const DEADLINE_MS = 500
const UNMETERED = { deadlineMs: DEADLINE_MS, metering: 'watchdog', reset: 'copy' }

// A second on a machine that has nothing else to do.
const SOON = { timeout: 20_000, interval: 50 }

let directory = ''
let server: MayflyServer
let socketPath = ''
const wall = await standingWall()

/** Clients of the group `local`, one request after the other, for as long as the tests take. */
const counts = { answered: 0, lost: 0 }
let client = Promise.resolve()
let isOver = false

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-isolation-'))
  server = await startServer({
    agents: [await agent('neighbour', {})],
    port: 0,
    isolate: 'tenant',
    policy: policyFromObject({
      outsideTenants: 'allow',
      metering: ['fuel', 'watchdog'],
      tenants: { team: { agents: ['team-*'] } },
    }),
    dataDirectory: join(directory, 'data'),
    logLevel: 'silent',
  })
  socketPath = controlSocket(join(directory, 'data')) ?? ''
  client = askAlways()
}, 60_000)

afterAll(async () => {
  isOver = true
  await client
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

async function askAlways(): Promise<void> {
  while (!isOver) {
    const answer = await run(server, 'neighbour', 41).catch(() => undefined)
    if (answer?.status === 200 && answer.body === 41) counts.answered++
    else counts.lost++
  }
}

function auditText(): string {
  const folder = auditDirectory(join(directory, 'data'))
  const files = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile())
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('')
}

/** Processes of this machine that run the guests of `group`. */
function processesOf(group: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandOf(pid).includes(`"group":"${group}"`))
    .map(Number)
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return '' // It has ended meanwhile.
  }
}

describe.runIf(process.platform === 'linux')(
  `a host that isolates, behind ${wallText(wall)}`,
  () => {
    it('says which wall stands', () => {
      expect(server.wall).toBe(wallText(wall))
    })

    it('runs each group in its own process', async () => {
      expect((await deploy(server, await agent('other', {}), socketPath)).status).toBe(201)
      expect(await run(server, 'other', 7)).toMatchObject({ status: 200, body: 7 })
      expect(processesOf('local').length).toBeGreaterThan(0)
      expect(processesOf('agent other').length).toBeGreaterThan(0)
    })

    it('runs the agents of one tenant in one process', async () => {
      for (const name of ['team-one', 'team-two']) {
        expect((await deploy(server, await agent(name, {}), socketPath)).status).toBe(201)
        expect(await run(server, name, 9)).toMatchObject({ status: 200, body: 9 })
      }
      expect(processesOf('tenant team').length).toBeGreaterThan(0)
      expect(processesOf('tenant team').length).toBe(processesOf('local').length)
      expect(processesOf('agent team-one')).toEqual([])
    })

    it('runs the agents of one label of tokens in one process', async () => {
      const scope = { agents: ['by-token-*'], routes: ['/by-token-*'], can: ['deploy'] }
      const body = JSON.stringify({ name: 'labelled', tenant: 'guests', ...scope })
      const made = await ask(`${server.url}/-/tokens`, { method: 'POST', body, socketPath })
      expect(made.status).toBe(201)
      const { token } = made.body as { token: string }
      for (const name of ['by-token-one', 'by-token-two']) {
        const form = deployForm(await agent(name, {}))
        const sent = await ask(`${server.url}/-/agents`, { method: 'POST', body: form, token })
        expect([sent.status, sent.body]).toEqual([201, expect.anything()])
        expect(await run(server, name, 9)).toMatchObject({ status: 200, body: 9 })
      }
      expect(processesOf('tenant guests').length).toBe(processesOf('local').length)
    })

    // What the kernel does when memory is out, what V8 does when its heap is full, and a crash.
    it.each(['SIGKILL', 'SIGABRT', 'SIGSEGV'])(
      'goes on after %s, and starts another',
      async (signal) => {
        const before = processesOf('agent other')
        for (const pid of before) process.kill(pid, signal)
        await vi.waitFor(
          async () => expect(await run(server, 'other', 8)).toMatchObject({ status: 200, body: 8 }),
          SOON,
        )
        expect(processesOf('agent other').filter((pid) => before.includes(pid))).toEqual([])
        await vi.waitFor(() => expect(auditText()).toMatch(/5:group,.*11:agent other,/), SOON)
      },
    )

    it('ends a process whose guest never stops', async () => {
      const loops = await agent('loops', UNMETERED, { run: `${LOOP} unreachable` })
      expect((await deploy(server, loops, socketPath)).status).toBe(201)
      const before = processesOf('agent loops')
      expect((await run(server, 'loops')).status).toBe(504)
      await vi.waitFor(
        () => expect(processesOf('agent loops').filter((pid) => before.includes(pid))).toEqual([]),
        SOON,
      )
    })

    it('refuses an agent that never ends to initialise, and goes on', async () => {
      const begins = await agent('begins', UNMETERED, { start: LOOP })
      const { status, body } = await deploy(server, begins, socketPath)
      expect([status, JSON.stringify(body)]).toEqual([
        expect.toBeOneOf([422, 503]),
        expect.stringContaining('does not end to load'),
      ])
      expect((await run(server, 'begins')).status).toBe(404)
    })

    it('has lost no request of another group meanwhile', () => {
      expect(counts).toEqual({ answered: expect.any(Number), lost: 0 })
      expect(counts.answered).toBeGreaterThan(20)
    })
  },
)

describe('a host that isolates where there is no bwrap', () => {
  it('says so, and runs guests in processes all the same', async () => {
    vi.stubEnv('PATH', '')
    const bare = await startServer({
      agents: [await agent('alone', {})],
      port: 0,
      isolate: 'tenant',
      logLevel: 'silent',
    })
    vi.unstubAllEnvs()
    expect(bare.wall).toMatch(/^process only \(/)
    expect(await run(bare, 'alone', 5)).toMatchObject({ status: 200, body: 5 })
    await bare.close()
  })

  it('is not what a host does that was not asked to', async () => {
    const before = processesOf('local').length
    const open = await startServer({
      agents: [await agent('together', {})],
      port: 0,
      workers: 1,
      logLevel: 'silent',
    })
    expect(open.wall).toBeUndefined()
    expect(await run(open, 'together', 6)).toMatchObject({ status: 200, body: 6 })
    // Fewer while that of the host before ends.
    expect(processesOf('local').length).toBeLessThanOrEqual(before)
    await open.close()
  })
})
