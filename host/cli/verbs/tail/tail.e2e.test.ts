/** `mayfly tail` as a person runs it, at a host that runs as a process. @module */

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mayfly, serving, writeFiles, type Serving } from '../../testing/mayfly-process.ts'

const LAUNCHER = fileURLToPath(new URL('../../mayfly.js', import.meta.url))
const SOURCE = `export default {
  async fetch(request) {
    const { pathname } = new URL(request.url)
    console.warn('at ' + pathname + '\\u001b[2J')
    if (pathname.endsWith('/deny')) await fetch('https://example.com/').catch(() => {})
    if (pathname.endsWith('/throw')) throw new Error('broken')
    return new Response('hi')
  },
}
`

let folder = ''
let host: Serving
let controlUrl = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-tail-'))
  const files = (name: string) => ({
    [`${name}/agent.json`]: { name, source: 'agent.js' },
    [`${name}/agent.js`]: SOURCE,
  })
  writeFiles(folder, { ...files('shop'), ...files('other') })
  host = await serve()
  controlUrl = /Control plane at (\S+)\/-\//.exec(host.output())?.[1] ?? ''
}, 120_000)

afterAll(async () => {
  await host?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** Its own log has no requests: what is followed does not depend on it. */
function serve(): Promise<Serving> {
  const options = ['--port', '0', '--control-port', '0', '--workers', '1', '--log-level', 'error']
  return serving(['serve', 'shop', 'other', ...options], { cwd: folder })
}

interface Tail extends Disposable {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  /** Lines on stdout. */
  lines(): string[]
  errors(): string
}

async function tail(args: readonly string[], env: Record<string, string> = {}): Promise<Tail> {
  const child = spawn(process.execPath, [LAUNCHER, 'tail', ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
  })
  let out = ''
  let errors = ''
  child.stdout.on('data', (chunk) => (out += String(chunk)))
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  const started: Tail = {
    child,
    ended: new Promise((resolve) => child.once('exit', resolve)),
    lines: () => out.split('\n').slice(0, -1),
    errors: () => errors,
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
  // It follows once it has seen a request.
  if (args.includes('--denied') || args.includes('--level')) return started
  await vi.waitFor(async () => {
    await fetch(`${host.url}/shop/ready`)
    expect(out).toContain('/ready')
  }, WAIT)
  return started
}

const WAIT = { timeout: 20_000, interval: 100 }

describe('mayfly tail', { timeout: 60_000 }, () => {
  it('prints requests, logs, failures, and denied calls with the line to add', async () => {
    using followed = await tail([])
    await fetch(`${host.url}/shop/deny`)
    await fetch(`${host.url}/other/throw`)
    await fetch(`${host.url}/absent?secret=1`)
    await vi.waitFor(() => expect(followed.lines().join('\n')).toContain('/absent 404'), WAIT)
    const text = followed.lines().join('\n')
    expect(text).toMatch(/^\d\d:\d\d:\d\d [0-9a-f]{8} shop: GET \/shop\/deny 200 in [\d.]+ ms$/m)
    expect(text).toMatch(/ shop: warn at \/deny\\x1b\[2J$/m)
    expect(text).toMatch(/ shop: warn http .*example\.com.* denied\n {2}.*capabilities/m)
    expect(text).toMatch(/ other: error failed: .*broken/)
    expect(text).not.toContain('secret')
    expect(text).not.toContain('\u001b')
  })

  it('prints JSON of the agents and events that were asked for', async () => {
    using all = await tail(['--json', '--agent', 'shop'])
    using denied = await tail(['--json', '--denied'])
    await vi.waitFor(async () => {
      await fetch(`${host.url}/other/deny`)
      expect(denied.lines().length).toBeGreaterThan(0)
    }, WAIT)
    await fetch(`${host.url}/shop/last`)
    await vi.waitFor(() => expect(all.lines().join('\n')).toContain('/last'), WAIT)
    const agents = all.lines().map((line) => JSON.parse(line).agent)
    expect(new Set(agents)).toEqual(new Set(['shop']))
    const kinds = denied.lines().map((line) => JSON.parse(line))
    expect(new Set(kinds.map(({ kind }) => kind))).toEqual(new Set(['denied']))
    expect(kinds[0]).toMatchObject({ agent: 'other', capability: 'http', level: 'warn' })
  })

  it('shows the holder of a token its agents only, and nothing once it is revoked', async () => {
    const made = await mayfly(['token', 'new', 'mine', '--agents', 'shop', '--can', 'read'], {
      cwd: folder,
    })
    const env = { MAYFLY_TOKEN: JSON.parse(made.stdout).token as string }
    using followed = await tail(['--json', '--url', controlUrl], env)
    await fetch(`${host.url}/other/hidden`)
    await fetch(`${host.url}/absent`)
    await fetch(`${host.url}/shop/seen`)
    await vi.waitFor(() => expect(followed.lines().join('\n')).toContain('/seen'), WAIT)
    const agents = followed.lines().map((line) => JSON.parse(line).agent)
    expect(new Set(agents)).toEqual(new Set(['shop']))
    await mayfly(['token', 'revoke', 'mine'], { cwd: folder })
    await fetch(`${host.url}/shop/after`)
    expect(await followed.ended).toBe(1)
    expect(followed.errors()).toContain('does not know the token')
    expect(followed.lines().join('\n')).not.toContain('/after')
  })

  it('ends well by Ctrl-C, and when its pipe is closed', async () => {
    using stopped = await tail([])
    stopped.child.kill('SIGINT')
    expect(await stopped.ended).toBe(0)
    using piped = await tail([])
    piped.child.stdout?.destroy()
    await vi.waitFor(async () => {
      await fetch(`${host.url}/shop/more`)
      expect(piped.child.exitCode).toBe(0)
    }, WAIT)
    expect(piped.errors()).toBe('')
  })

  it.for<[string[], number, string]>([
    [['shop'], 2, 'mayfly tail --agent shop'],
    [['--level', 'loud'], 1, 'level of debug, info, warn, error'],
    [['--data', 'nowhere'], 1, 'no host answers'],
    [['--url', 'x'], 2, 'not a URL'],
  ])('refuses %j', async ([args, code, message]) => {
    const ended = await mayfly(['tail', ...args], { cwd: folder })
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(message)])
  })

  it('is not on the port where agents answer', async () => {
    const ended = await mayfly(['tail', '--url', host.url], { cwd: folder })
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('--control-port')])
  })

  it('waits for a host that ends, which it does not keep from ending', async () => {
    using followed = await tail([])
    expect(await host.stop()).toBe(0)
    await vi.waitFor(() => expect(followed.errors()).toContain('waiting for it'), WAIT)
    host = await serve()
    await vi.waitFor(async () => {
      await fetch(`${host.url}/shop/again`)
      expect(followed.lines().join('\n')).toContain('/shop/again')
    }, WAIT)
  })
})
