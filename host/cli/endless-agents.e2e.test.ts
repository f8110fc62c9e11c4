/** Agents with endless top-level code, given to every verb that builds. @module */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mayfly, serving, writeFiles, type Serving } from './testing/mayfly-process.ts'

const LAUNCHER = fileURLToPath(new URL('mayfly.js', import.meta.url))
const POLL_MS = 20
// Less than the time of a test, so that the test can end the processes it started.
const PATIENCE_MS = 150_000
// More than any build here takes: a process that uses more runs a loop.
const BUSY_SECONDS = 1
// Far longer than the test may take: a loop that stops earlier was ended by the host.
const LONG = ['--build-timeout', '3600']
const STILL_RUNS =
  /loop\/agent\.ts:3:1: still runs after 1 s while it is loaded\n {4}3 \| for \(;;\) \{\}/

let folder = ''

// A busy machine is slow to give a process the processor.
vi.setConfig({ testTimeout: 180_000 })

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-endless-'))
  writeFiles(folder, {
    'loop/agent.json': { name: 'loop', source: 'agent.ts' },
    'loop/agent.ts': LOOPS,
    'hello/agent.json': { name: 'hello', source: 'agent.ts' },
    'hello/agent.ts': answering('hello'),
    'reads/agent.json': { name: 'reads', source: 'agent.ts' },
    'reads/agent.ts': `import text from '../key.txt'\nexport default { fetch: () => new Response(text) }\n`,
    'key.txt': 'a key',
  })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const LOOPS = '// Line 3:\n\nfor (;;) {}\nexport default { fetch: () => new Response("never") }\n'

function answering(text: string): string {
  return `export default { fetch: () => new Response('${text}') }\n`
}

/** Time of the processor that a process has used, with all its threads. */
function cpuSeconds(pid = 0): number {
  const [, fields = ''] = /^.*\) (.*)$/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').trim()) ?? []
  // Fields 14 and 15 of proc(5), in ticks of a hundredth of a second. This text begins with the third field.
  const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number)
  return (user + system) / 100
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!(await isSo()) && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
}

describe('an agent that comes to no end while it is built', () => {
  it.each([
    ['call', ['call', 'loop', '/']],
    ['build', ['build', 'loop', '--out', 'loop.wasm']],
    ['run', ['run', '--build-timeout', '1', 'loop']],
    ['serve', ['serve', 'loop', '--port', '0']],
  ])('fails %s, with its line and what to do', async (verb, args) => {
    const bound = verb === 'run' ? [] : ['--build-timeout', '1']
    const { code, stdout, stderr } = await mayfly([...args, ...bound], { cwd: folder })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(STILL_RUNS)
    expect(stderr).toContain('--build-timeout SECONDS')
  })

  it.each([
    ['serve', ['serve', 'loop', 'hello']],
    ['start', ['start', '.']],
  ])('is left out by %s, which serves the others', async (_, args) => {
    const options = [...args, '--port', '0', '--workers', '1', '--build-timeout', '1']
    await using host = await serving(options, { cwd: folder })
    expect(await (await fetch(`${host.url}/hello/`)).text()).toBe('hello')
    expect((await fetch(`${host.url}/loop/`)).status).toBe(404)
    expect(host.output()).toMatch(STILL_RUNS)
    expect(await host.stop()).toBe(0)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'does not keep a build from ending at %s',
    async (signal) => {
      const child = spawn(process.execPath, [LAUNCHER, 'build', 'loop', ...LONG], { cwd: folder })
      const ended = new Promise((resolve) => child.once('exit', (...how) => resolve(how)))
      try {
        await until(() => cpuSeconds(child.pid) > BUSY_SECONDS)
        child.kill(signal)
        expect(await ended).toEqual([null, signal])
      } finally {
        child.kill('SIGKILL')
      }
    },
  )
})

describe('mayfly dev', () => {
  async function developing(
    ...options: string[]
  ): Promise<[host: Serving, save: (text: string) => void]> {
    const directory = mkdtempSync(join(folder, 'dev-'))
    writeFiles(directory, {
      'agent.json': { name: 'edited', source: 'agent.ts' },
      'agent.ts': answering('one'),
    })
    const host = await serving(
      ['dev', directory, '--port', '0', '--control-port', '0', ...options],
      {
        cwd: folder,
      },
    )
    return [host, (text) => writeFileSync(join(directory, 'agent.ts'), text)]
  }

  it('serves the version before a file that comes to no end, and the one after', async () => {
    const [host, save] = await developing('--build-timeout', '1')
    await using _ = host
    const answer = async (): Promise<string> => (await fetch(`${host.url}/edited/`)).text()
    expect(await answer()).toBe('one')
    save(LOOPS)
    await until(() => host.output().includes('Still serving what was built before'))
    expect(host.output()).toMatch(/agent\.ts:3:1: still runs after 1 s/)
    expect(await answer()).toBe('one')
    save(answering('two'))
    await until(async () => (await answer()) === 'two')
    expect(await host.stop('SIGINT')).toBe(0)
  })

  it('answers its control plane and SIGINT while a file comes to no end', async () => {
    const [host, save] = await developing(...LONG)
    await using _ = host
    const before = cpuSeconds(host.pid)
    save(LOOPS)
    await until(() => cpuSeconds(host.pid) > before + BUSY_SECONDS)
    const [, control] = /^Control plane at (\S+)$/m.exec(host.output()) ?? []
    for (const url of [new URL('/-/health', host.url), new URL('health', control)]) {
      expect(await (await fetch(url)).json()).toMatchObject({ status: 'ok' })
    }
    expect(await host.stop('SIGINT')).toBe(0)
  })
})

describe('--root', () => {
  it('lets a build read what it names, and nothing else does', async () => {
    const refused = await mayfly(['call', 'reads', '/'], { cwd: folder })
    expect([refused.code, refused.stdout]).toEqual([1, ''])
    expect(refused.stderr).toMatch(
      /reads\/agent\.ts:1:18: Cannot read "key\.txt": outside of the root/,
    )
    expect(refused.stderr).toContain('widen the root with --root DIR')
    const allowed = await mayfly(['call', 'reads', '/', '--root', '.'], { cwd: folder })
    expect([allowed.code, allowed.stdout]).toEqual([0, 'a key'])
    const elsewhere = await mayfly(['build', 'reads', '--root', 'hello'], { cwd: folder })
    expect(elsewhere.code).toBe(2)
    expect(elsewhere.stderr).toContain('with root "hello": the agent is not in it')
  })
})
