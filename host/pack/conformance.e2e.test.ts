/**
 * The programs that `mayfly pack` writes pass the suite of targets. Platforms other than Node are an install of their own,
 * in `.github/checks/hosts`.
 *
 * @module
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Manifest } from '../../runtime/manifest/index.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../../runtime/testing/peers.ts'
import { writeFiles } from '../cli/testing/mayfly-process.ts'
import { CONFORMANCE_AGENT, TARGET_CONFORMANCE } from '../targets/conformance.ts'
import { buildAgent } from '../toolchain/index.ts'
import { writePack, type PackTarget, type WrittenPack } from './index.ts'

const INSTALL = join(import.meta.dirname, '../../.github/checks/hosts')
const BIN = join(INSTALL, 'node_modules/.bin')
const TOKEN = 'of-the-operator'
const INSTALL_MS = 300_000
// So much that the deadline comes first where clocks go on.
const FUEL = 1e12

const folder = mkdtempSync(join(tmpdir(), 'mayfly-packed-'))
const install = promisify(execFile)
let probe: { readonly manifest: Manifest; readonly component: Uint8Array }

beforeAll(async () => {
  const settings = JSON.parse(CONFORMANCE_AGENT['agent.json']) as { readonly limits: object }
  const directory = writeFiles(join(folder, 'probe'), {
    ...CONFORMANCE_AGENT,
    'agent.json': JSON.stringify({ ...settings, limits: { ...settings.limits, fuel: FUEL } }),
  })
  probe = await buildAgent({ directory })
  if (HAS_PEERS) await install('npm', ['ci', '--prefix', INSTALL, '--no-audit', '--no-fund'])
}, INSTALL_MS)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Started extends AsyncDisposable {
  readonly url: string
}

/** Starts the program and waits for the line with its address. */
async function started(command: string, args: string[], directory: string): Promise<Started> {
  const env = { ...process.env, PORT: '0', MAYFLY_TOKEN: TOKEN, NO_COLOR: '1' }
  const child = spawn(command, args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
    if (url !== undefined) return { url, [Symbol.asyncDispose]: () => ended(child) }
  }
  throw new Error(`${command} ended without an address`)
}

/** Workerd prints no address. */
async function startedWorker(directory: string): Promise<Started> {
  const port = await freePort()
  const args = ['serve', 'config.capnp', `--socket-addr=http=127.0.0.1:${port}`]
  const env = { ...process.env, MAYFLY_TOKEN: TOKEN }
  const child = spawn(join(BIN, 'workerd'), args, { cwd: directory, env, stdio: 'inherit' })
  const url = `http://127.0.0.1:${port}`
  await vi.waitFor(() => fetch(`${url}/-/health`), { timeout: 60_000 })
  return { url, [Symbol.asyncDispose]: () => ended(child) }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  child.kill()
  await exit
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

interface Platform {
  readonly target: PackTarget
  start(directory: string): Promise<Started>
}

const PLATFORMS: readonly Platform[] = [
  { target: 'node', start: (at) => started(process.execPath, ['server.js'], at) },
  { target: 'deno', start: (at) => started(join(BIN, 'deno'), ['task', '-q', 'start'], at) },
  { target: 'bun', start: (at) => started(join(BIN, 'bun'), ['server.js'], at) },
  { target: 'workerd', start: startedWorker },
]

describe.each(PLATFORMS)('a program packed for $target', ({ target, start }) => {
  const runs = target === 'node' || HAS_PEERS
  const directory = join(folder, target)
  let host: Started
  let written: WrittenPack

  beforeAll(async () => {
    if (!runs) return
    written = await writePack({ agents: [probe], target, directory })
    host = await start(directory)
  }, 120_000)

  afterAll(() => host?.[Symbol.asyncDispose]())

  it.runIf(runs).each(TARGET_CONFORMANCE)(
    target === 'node' ? '$name' : `$name (${NEEDS_PEERS})`,
    ({ run }) =>
      run({
        ask: (path, init) => fetch(host.url + path, init),
        control: (path, init) =>
          fetch(host.url + path, { ...init, headers: { authorization: `Bearer ${TOKEN}` } }),
      }),
  )

  it.runIf(runs)('says what it wrote', () => {
    expect(written.agents.map(({ name }) => name)).toEqual(['probe'])
    expect(written.program).toBe(target === 'workerd' ? 'worker.js' : 'server.js')
  })
})

describe('a Worker of one agent', () => {
  it('is small enough to be deployed, and names no module of Node', async () => {
    const directory = join(folder, 'size')
    await writePack({ agents: [probe], target: 'workerd', directory })
    const program = readFileSync(join(directory, 'worker.js'))
    expect(/(from|import)\s*"node:/.test(program.toString())).toBe(false)
    // With Hono and the control plane.
    expect(gzipSync(program).length).toBeLessThan(MAX_PROGRAM_BYTES)
  })
})

const MAX_PROGRAM_BYTES = 185_000
