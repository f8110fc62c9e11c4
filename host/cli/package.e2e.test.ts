/**
 * The result of `npm pack`, unpacked, and with peers installed in an empty folder, run by the Node of this machine.
 *
 * @module
 */

import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../runtime/testing/peers.ts'
import { mayfly, serving, writeFiles, type Ended } from './testing/mayfly-process.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
// Without the folders that npm puts first in a script, because a user has the machine's own Node.
const MACHINE_PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter)
const TYPES = `
import { Runtime, type Manifest, type MayflyError } from 'mayfly'
import { buildAgent } from 'mayfly/build'
import { memoryKv } from 'mayfly/drivers/memory'
import type { Agent } from 'mayfly/guest'

const runtime: Runtime = new Runtime({ drivers: { kv: memoryKv() } })
const { component, manifest } = await buildAgent({ directory: 'my-agent' })
const given: Manifest = manifest
const agent = await runtime.load({ component, manifest: given })
const response: Response = await agent.fetch(new Request('http://any/'))
// @ts-expect-error what loads is bytes
await runtime.load({ component: 3, manifest })

export function code(error: MayflyError): string {
  return error.code
}

export default {
  async fetch(request, env) {
    const visits: number = await env.kv.open('visits').increment(new URL(request.url).pathname)
    return Response.json({ visits, status: response.status })
  },
} satisfies Agent

// @ts-expect-error an agent answers with a response
export const wrong = { fetch: () => 3 } satisfies Agent
`
// The test runs the embedding example of the README.
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const [, PROGRAM = ''] = /## Embed it\n\n```ts\n([^]*?)```/.exec(README) ?? []
// An agent that waits, in a program that says how each request ended.
const WAITS = `
import { mkdirSync, writeFileSync } from 'node:fs'
import { Runtime } from 'mayfly'
import { buildAgent } from 'mayfly/build'

mkdirSync('waits', { recursive: true })
writeFileSync('waits/agent.json', JSON.stringify({ name: 'waits', source: 'agent.js' }))
writeFileSync('waits/agent.js', \`export default {
  async fetch() {
    // Longer than the first request takes before it waits: a timer that is due already needs no wait.
    await new Promise((resolve) => setTimeout(resolve, 500))
    return new Response('slept')
  },
}\`)
const endings = []
const runtime = new Runtime({
  onInvocation: ({ outcome: { state, error } }) => endings.push(error ? state + ': ' + error.message : state),
})
const agent = await runtime.load(await buildAgent({ directory: 'waits' }))
console.log(await (await agent.fetch(new Request('http://any/'))).text())
console.log(endings.join())
await runtime.close()
`

const QUIET = ['--no-audit', '--no-fund', '--prefer-offline']
/** What a template is checked with, and the compiler before. */
const CHECKERS = [
  ...['typescript@7.0.2', 'typescript-5@npm:typescript@5.9', '@types/node@26', 'vitest@5.1.1'],
  'hono@4.13.19',
]

let folder = ''
let tarball = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-package-'))
  await run(['npm', 'pack', '--pack-destination', folder], ROOT)
  tarball = join(folder, readdirSync(folder)[0] ?? '')
  writeFiles(folder, { 'app/package.json': { type: 'module', private: true } })
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a program in the folder of the user. Throws when it fails. */
async function run(command: readonly string[], cwd: string = join(folder, 'app')): Promise<Ended> {
  const ended = await mayfly([], { cwd, command, env: { PATH: MACHINE_PATH } })
  if (ended.code !== 0) throw new Error(`${command.join(' ')}: ${ended.stderr}${ended.stdout}`)
  return ended
}

async function npx(...args: string[]): Promise<string> {
  return (await run(['npx', 'mayfly', ...args])).stdout
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
}

describe('the package', () => {
  it('has every file its package.json names, and no test', async () => {
    await run(['tar', '-xzf', tarball], folder)
    const unpacked = join(folder, 'package')
    const text = readFileSync(join(unpacked, 'package.json'), 'utf8')
    const { exports, bin } = JSON.parse(text) as { exports: object; bin: Record<string, string> }
    const targets = [...pathsIn(exports), ...Object.values(bin)]
    const missing = targets.filter((path) => !existsSync(join(unpacked, path.replace(/\*.*$/, ''))))
    // Sources are for a checkout, where the condition that leads to them is set.
    expect(missing.filter((path) => path.startsWith('./dist/') || !path.endsWith('.ts'))).toEqual(
      [],
    )
    const files = filesBelow(unpacked)
    // Suites of contracts are behind `mayfly/capability`.
    expect(files.filter((path) => /\.test\.|bench|hostile|\/testing\//.test(path))).toEqual(
      files.filter(
        (path) => path.startsWith('host/cli/verbs/new/templates') && path.includes('.test.'),
      ),
    )
  })
})

describe.runIf(HAS_PEERS)(`the package, installed (${NEEDS_PEERS})`, () => {
  beforeAll(async () => {
    const install = ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline']
    await run([...install, tarball])
  }, 300_000)

  it('makes, builds, calls and inspects an agent', async () => {
    expect(await npx('new', 'my-agent')).toContain('my-agent/agent.ts')
    const built = await npx('build', 'my-agent')
    const component = /\S*my-agent\.wasm/.exec(built)?.[0] ?? ''
    expect(existsSync(join(folder, 'app', component))).toBe(true)
    expect(await npx('call', 'my-agent', '/?name=Ada')).toBe('Hello, Ada!\n')
    expect(await npx('inspect', component)).toContain('export mayfly:agent/handler@0.2.0')
  }, 120_000)

  it.each([
    ['serve', 'my-agent'],
    ['dev', 'my-agent'],
    ['start', '.'],
  ])('%s %s answers over HTTP and ends with 0 on SIGTERM', async (verb, path) => {
    await using host = await serving([verb, path, '--port', '0'], {
      cwd: join(folder, 'app'),
      // The launcher, on the Node of the machine: a newer one is started below it when that is too old.
      command: [join(folder, 'app', 'node_modules', '.bin', 'mayfly')],
      env: { PATH: MACHINE_PATH },
    })
    expect(await (await fetch(`${host.url}/my-agent/?name=Bob`)).text()).toBe('Hello, Bob!\n')
    expect(await host.stop()).toBe(0)
  })

  it('runs inside a program of its user', async () => {
    const app = writeFiles(join(folder, 'app'), { 'program.js': PROGRAM })
    const node = join(app, 'node_modules', 'node', 'bin', 'node')
    expect((await run([node, 'program.js'])).stdout).toBe('Hello, Ada!\n\n')
    // The test that came with the agent: the variable would make it one of Vitest.
    const plain = ['env', '-u', 'VITEST', node]
    expect((await run([...plain, '--test', 'my-agent/test/*.test.mts'])).stdout).toMatch(/pass 1\n/)
  })

  it('has types', async () => {
    const app = writeFiles(join(folder, 'app'), { 'types.ts': TYPES })
    const tsc = [process.execPath, join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')]
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext']
    await run([...tsc, ...options, '--lib', 'esnext,dom', join(app, 'types.ts')])
  })

  it.each(['typescript', 'hono'])(
    'makes an agent of %s whose types check with all libraries, and whose test runs twice',
    async (template) => {
      const name = `typed-${template}`
      await npx('new', name, '--template', template)
      const agent = join(folder, 'app', name)
      const modules = join(folder, 'app', 'node_modules')
      await run(['npm', 'install', ...QUIET, ...CHECKERS], join(folder, 'app'))
      for (const compiler of ['typescript', 'typescript-5'])
        for (const project of ['.', 'test'])
          await run([process.execPath, join(modules, compiler, 'bin', 'tsc'), '-p', project], agent)
      const node = join(modules, 'node', 'bin', 'node')
      const plain = ['env', '-u', 'VITEST', node]
      expect((await run([...plain, '--test'], agent)).stdout).toMatch(/pass 1\n/)
      const vitest = join(modules, 'vitest', 'vitest.mjs')
      expect((await run([...plain, vitest, 'run'], agent)).stdout).toMatch(/1 passed/)
    },
    120_000,
  )
})

// Old versions that only load the exports of `mayfly`, the oldest that runs it, and the newest of the same line.
const OLD = ['20', '22']
const WITHOUT_JSPI = '24.0.0'
const LTS = '24'

describe.runIf(HAS_PEERS)(`the package on other Nodes (${NEEDS_PEERS})`, () => {
  const app = (...path: string[]): string => join(folder, 'app', ...path)

  /** The Node of a version, by itself. */
  function nodeOf(version: string): string {
    return join(folder, 'nodes', version, 'node_modules', 'node', 'bin', 'node')
  }

  /** Runs it in the folder of the user. */
  function on(version: string, ...args: string[]): Promise<Ended> {
    return mayfly(args, { cwd: app(), command: [nodeOf(version)], env: { PATH: MACHINE_PATH } })
  }

  function cli(version: string, ...args: string[]): Promise<Ended> {
    return on(version, app('node_modules', 'mayfly', 'host', 'cli', 'mayfly.js'), ...args)
  }

  beforeAll(async () => {
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline']
    for (const version of [...OLD, WITHOUT_JSPI, LTS]) {
      const prefix = join(folder, 'nodes', version)
      writeFiles(prefix, { 'package.json': { private: true, allowScripts: { node: true } } })
      await run(['npm', 'install', ...quiet, '--prefix', prefix, `node@${version}`], prefix)
    }
    writeFiles(app(), { 'program.js': PROGRAM, 'waits.js': WAITS })
  }, 300_000)

  it.each(OLD)('runs the command line on Node %s by the Node that it brings', async (version) => {
    const { code, stdout, stderr } = await cli(version, 'call', 'my-agent', '/?name=Ada')
    expect([code, stdout, stderr]).toEqual([0, 'Hello, Ada!\n', ''])
  })

  describe('without the Node that it brings', () => {
    beforeAll(() => renameSync(app('node_modules', 'node'), join(folder, 'brought')))
    afterAll(() => renameSync(join(folder, 'brought'), app('node_modules', 'node')))

    it.each(OLD)('says in one sentence that Node %s is too old', async (version) => {
      const found = (await on(version, '--version')).stdout.trim().slice(1)
      expect(found).toMatch(new RegExp(`^${version}\\.`))
      expect(await cli(version, 'serve', 'my-agent')).toEqual({
        code: 2,
        stdout: '',
        stderr: `mayfly: Cannot run on Node ${found}: Node 24 or newer is needed (npm install --save-dev node@26)\n`,
      })
      const { code, stdout, stderr } = await on(version, 'program.js')
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toContain(
        `[MayflyError: Cannot run agents on Node ${found}: Node 24 or newer is needed (npm install node@26, then npx node)]`,
      )
      expect(stderr).not.toMatch(/^\s+at /m)
    })

    it.each([WITHOUT_JSPI, LTS])('runs on Node %s', async (version) => {
      const built = await cli(version, 'build', 'my-agent', '--cache', app('cache', version))
      expect([built.code, built.stdout]).toEqual([0, expect.stringContaining('my-agent.wasm')])
      const called = await cli(version, 'call', 'my-agent', '/?name=Ada')
      expect([called.code, called.stdout]).toEqual([0, 'Hello, Ada!\n'])
      const { code, stdout } = await on(version, 'program.js')
      expect([code, stdout]).toEqual([0, 'Hello, Ada!\n\n'])
      const launcher = app('node_modules', 'mayfly', 'host', 'cli', 'mayfly.js')
      await using host = await serving(['serve', 'my-agent', '--port', '0'], {
        cwd: app(),
        command: [nodeOf(version), launcher],
      })
      expect(await (await fetch(`${host.url}/my-agent/?name=Bob`)).text()).toBe('Hello, Bob!\n')
      expect(await host.stop()).toBe(0)
    })

    it('has guests wait on Node 24, with and without stack switching', async () => {
      const slept = 'slept\ncompleted\n'
      expect((await on(LTS, 'waits.js')).stdout).toBe(slept)
      expect((await on(WITHOUT_JSPI, '--experimental-wasm-jspi', 'waits.js')).stdout).toBe(slept)
      expect((await on(WITHOUT_JSPI, 'waits.js')).stdout).toBe(slept)
    })
  })
})

function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : []
}
