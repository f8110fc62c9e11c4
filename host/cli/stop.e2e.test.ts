/** A signal ends a host, even if its guests and clients never end. @module */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { controlSocket } from '../targets/node/index.ts'
import { agent, ask, component, deploy, LOOP, run } from '../targets/node/testing/components.ts'
import { serving, writeFiles } from './testing/mayfly-process.ts'

const LAUNCHER = fileURLToPath(new URL('./mayfly.js', import.meta.url))
const HOUR_MS = 3_600_000
const DEADLINE_MS = 2_000
// Five seconds after the last deadline on a machine that has nothing else to do.
const SOON_MS = DEADLINE_MS + 5_000 + 10_000

let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-stop-'))
  const manifest = (name: string, limits: object) => ({ name, component: 'agent.wasm', limits })
  writeFiles(folder, {
    // An hour, so that the test would fail if the host waited for it.
    'idle/agent.json': manifest('idle', { deadlineMs: HOUR_MS }),
    'idle/agent.wasm': await component({}),
    'loop/agent.json': manifest('loop', { deadlineMs: DEADLINE_MS, metering: 'watchdog' }),
    'loop/agent.wasm': await component({ run: `${LOOP} unreachable` }),
    'endless/agent.json': manifest('endless', { deadlineMs: HOUR_MS, metering: 'watchdog' }),
    'endless/agent.wasm': await component({ start: LOOP }),
  })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Connects, and sends `text` and no more. */
function slowClient(url: string, text: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text, () => resolve(socket)))
    socket.on('error', reject)
    socket.on('close', () => socket.destroy())
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('SIGTERM', () => {
  it('ends a host soon after the last deadline, with a worker that hangs, slow clients and a deploy', async () => {
    const data = join(folder, 'data')
    await using host = await serving(
      ['serve', 'idle', 'loop', '--port', '0', '--workers', '2', '--data', data],
      { cwd: folder },
    )
    const socketPath = controlSocket(data) ?? ''
    const health = () => ask(`${host.url}/-/health`, { socketPath })
    // Several: the system spreads them over the workers, both the hanging and the free ones.
    const clients = await Promise.all(
      [1, 2, 3, 4].flatMap(() => [
        slowClient(host.url, 'GET /idle HTT'),
        slowClient(
          host.url,
          'POST /idle HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{',
        ),
      ]),
    )
    const endless = await agent(
      'late',
      { deadlineMs: HOUR_MS, metering: 'watchdog' },
      { start: LOOP },
    )
    const deploying = deploy(host, endless, socketPath).catch(() => 'broken off')
    const looping = run(host, 'loop').catch(() => 'broken off')
    await vi.waitFor(async () => expect((await health()).status).toBe(503), {
      timeout: 20_000,
      interval: 20,
    })
    const startedAt = performance.now()
    expect(await host.stop()).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
    expect(await looping).toBe('broken off')
    expect(await deploying).not.toMatchObject({ status: 201 })
    for (const client of clients) client.destroy()
  }, 120_000)

  it('ends a host that is still loading its agents', async () => {
    const port = await freePort()
    const more = ['--port', '0', '--control-port', String(port), '--data', join(folder, 'other')]
    const child = spawn(process.execPath, [LAUNCHER, 'serve', 'idle', 'endless', ...more], {
      cwd: folder,
      stdio: 'ignore',
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    try {
      const answers = async () => (await ask(`http://127.0.0.1:${port}/-/health`)).status
      await vi.waitFor(async () => expect(await answers()).toBe(503), {
        timeout: 60_000,
        interval: 20,
      })
      const startedAt = performance.now()
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
      expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
    } finally {
      child.kill('SIGKILL')
    }
  }, 120_000)
})
