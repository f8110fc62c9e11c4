/**
 * The result of `npm pack`, unpacked, and with peers installed in an empty folder, run by the Nodes that it is for.
 *
 * @module
 */

import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../runtime/testing/peers.ts'
import { mayfly, serving, writeFiles, type Ended } from './testing/mayfly-process.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
// Without the folders that npm puts first in a script: a user has one Node, here that of the tests.
const PATH = [
  dirname(process.execPath),
  ...(process.env['PATH'] ?? '').split(delimiter).filter((each) => !each.includes('node_modules')),
].join(delimiter)
// What issue 16 promises of `npm i mayfly` in an empty folder: it takes 54 MB of files, 44 packages, and where nothing else
// runs less than 15 s.
const MAX_INSTALLED = { bytes: 120_000_000, packages: 60 }
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
  const ended = await mayfly([], { cwd, command, env: { PATH } })
  if (ended.code !== 0) throw new Error(`${command.join(' ')}: ${ended.stderr}${ended.stdout}`)
  return ended
}

async function npx(...args: string[]): Promise<string> {
  return (await run(['npx', 'mayfly', ...args])).stdout
}

/** Serves the agent, changes it, deploys it and finds the change, all by `node`. */
async function deploys(node: string): Promise<void> {
  const app = join(folder, 'app')
  const command = [node, join(app, 'node_modules', 'mayfly', 'host', 'cli', 'mayfly.js')]
  const data = ['--data', mkdtempSync(join(folder, 'data-'))]
  await run([...command, 'new', 'moved', '--template', 'typescript'])
  try {
    const source = join(app, 'moved', 'agent.json')
    const args = ['serve', 'moved', '--port', '0', ...data]
    await using host = await serving(args, { cwd: app, command, env: { PATH } })
    writeFiles(app, { 'moved/agent.json': readFileSync(source, 'utf8').replaceAll('Hello', 'Bye') })
    await run([...command, 'control', 'deploy', 'moved', ...data])
    expect(await (await fetch(`${host.url}/moved/?name=Ada`)).text()).toContain('Bye')
    expect(await host.stop()).toBe(0)
  } finally {
    rmSync(join(app, 'moved'), { recursive: true })
  }
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
    expect(
      files.filter((path) => /\.test\.|^(?:dist\/)?bench\/|hostile|\/testing\//.test(path)),
    ).toEqual(
      files.filter(
        (path) => path.startsWith('host/cli/verbs/new/templates') && path.includes('.test.'),
      ),
    )
  })
})

describe.runIf(HAS_PEERS)(`the package, installed (${NEEDS_PEERS})`, () => {
  let installMs = 0

  beforeAll(async () => {
    const startedAt = performance.now()
    await run(['npm', 'install', ...QUIET, tarball])
    installMs = performance.now() - startedAt
  }, 300_000)

  it('is small', async ({ annotate }) => {
    const modules = join(folder, 'app', 'node_modules')
    const entries = filesBelow(modules).map((path) => lstatSync(join(modules, path)))
    const bytes = entries.reduce((total, each) => total + (each.isFile() ? each.size : 0), 0)
    const lock = readFileSync(join(modules, '.package-lock.json'), 'utf8')
    const packages = Object.keys((JSON.parse(lock) as { packages: object }).packages).length
    await annotate(`${bytes} bytes, ${packages} packages, ${Math.round(installMs)} ms`)
    expect(bytes).toBeLessThan(MAX_INSTALLED.bytes)
    expect(packages).toBeLessThan(MAX_INSTALLED.packages)
  })

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
      env: { PATH },
    })
    expect(await (await fetch(`${host.url}/my-agent/?name=Bob`)).text()).toBe('Hello, Bob!\n')
    expect(await host.stop()).toBe(0)
  })

  it('deploys to a host', () => deploys(process.execPath), 120_000)

  it('runs inside a program of its user', async () => {
    writeFiles(join(folder, 'app'), { 'program.js': PROGRAM })
    const node = process.execPath
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
      const plain = ['env', '-u', 'VITEST', process.execPath]
      expect((await run([...plain, '--test'], agent)).stdout).toMatch(/pass 1\n/)
      const vitest = join(modules, 'vitest', 'vitest.mjs')
      expect((await run([...plain, vitest, 'run'], agent)).stdout).toMatch(/1 passed/)
    },
    300_000,
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
    return mayfly(args, { cwd: app(), command: [nodeOf(version)], env: { PATH } })
  }

  function cli(version: string, ...args: string[]): Promise<Ended> {
    return on(version, app('node_modules', 'mayfly', 'host', 'cli', 'mayfly.js'), ...args)
  }

  beforeAll(async () => {
    for (const version of [...OLD, WITHOUT_JSPI, LTS]) {
      const prefix = join(folder, 'nodes', version)
      writeFiles(prefix, { 'package.json': { private: true, allowScripts: { node: true } } })
      await run(['npm', 'install', ...QUIET, '--prefix', prefix, `node@${version}`], prefix)
    }
    writeFiles(app(), { 'program.js': PROGRAM, 'waits.js': WAITS })
  }, 300_000)

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

  it.each([WITHOUT_JSPI, LTS])(
    'runs on Node %s',
    async (version) => {
      const built = await cli(version, 'build', 'my-agent', '--cache', app('cache', version))
      expect([built.code, built.stdout]).toEqual([0, expect.stringContaining('my-agent.wasm')])
      const called = await cli(version, 'call', 'my-agent', '/?name=Ada')
      expect([called.code, called.stdout]).toEqual([0, 'Hello, Ada!\n'])
      const { code, stdout } = await on(version, 'program.js')
      expect([code, stdout]).toEqual([0, 'Hello, Ada!\n\n'])
      const launcher = app('node_modules', 'mayfly', 'host', 'cli', 'mayfly.js')
      for (const verb of ['serve', 'dev']) {
        await using host = await serving([verb, 'my-agent', '--port', '0'], {
          cwd: app(),
          command: [nodeOf(version), launcher],
        })
        expect(await (await fetch(`${host.url}/my-agent/?name=Bob`)).text()).toBe('Hello, Bob!\n')
        expect(await host.stop()).toBe(0)
      }
      await deploys(nodeOf(version))
    },
    240_000,
  )

  it('has guests wait on Node 24, with and without stack switching', async () => {
    const slept = 'slept\ncompleted\n'
    expect((await on(LTS, 'waits.js')).stdout).toBe(slept)
    expect((await on(WITHOUT_JSPI, '--experimental-wasm-jspi', 'waits.js')).stdout).toBe(slept)
    expect((await on(WITHOUT_JSPI, 'waits.js')).stdout).toBe(slept)
  })
})

describe.runIf(HAS_PEERS)(`a package without compilers (${NEEDS_PEERS})`, () => {
  const app = (...path: string[]): string => join(folder, 'app', ...path)
  const command = (): string[] => [
    process.execPath,
    app('node_modules', 'mayfly', 'host', 'cli', 'mayfly.js'),
  ]
  const cli = (...args: string[]): Promise<Ended> =>
    mayfly(args, { cwd: app(), command: command(), env: { PATH } })
  const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    peerDependencies: Readonly<Record<string, string>>
  }
  const line = (...names: string[]): string =>
    `npm i -D ${names.map((name) => `${name}@${peerDependencies[name]}`).join(' ')}`

  it.each([
    ['assemblyscript', line('@bytecodealliance/jco', 'assemblyscript')],
    ['starlingmonkey', line('@bytecodealliance/componentize-js', '@bytecodealliance/jco')],
    ['c', line('@bytecodealliance/jco')],
  ])(
    'says what %s needs, for `new` and for a build',
    async (template, install) => {
      const made = await cli('new', `of-${template}`, '--template', template)
      expect([made.code, made.stderr]).toEqual([0, expect.stringContaining(` && ${install} && `)])
      for (const verb of ['build', 'call', 'serve']) {
        const { code, stderr } = await cli(verb, `of-${template}`)
        expect([code, stderr]).toEqual([1, expect.stringContaining(`  ${install}\n`)])
      }
    },
    120_000,
  )

  it('says what a module for WASI 0.1 needs', async () => {
    const module = await parse(`(module
      (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
      (memory (export "memory") 1)
      (func (export "_start")))`)
    writeFiles(app(), { 'program.wasm': module })
    for (const verb of ['run', 'inspect', 'serve']) {
      const { code, stderr } = await cli(verb, 'program.wasm')
      const install = line('@bytecodealliance/jco')
      expect([code, stderr]).toEqual([1, expect.stringContaining(`  ${install}\n`)])
    }
  }, 120_000)

  it('builds after the line that it named', async () => {
    const { stderr } = await cli('build', 'of-assemblyscript')
    const [install = ''] = /npm i -D .*/.exec(stderr) ?? []
    await run([...install.split(' '), ...QUIET])
    expect(await cli('call', 'of-assemblyscript', '/', '-d', 'hello')).toMatchObject({
      code: 0,
      stdout: 'You sent 5 bytes\n',
    })
  }, 300_000)
})

function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : []
}
