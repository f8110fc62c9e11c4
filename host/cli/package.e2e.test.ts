/**
 * What `npm pack` makes, unpacked, and with peers installed in an empty folder, with whatever Node this machine has.
 *
 * @module
 */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../runtime/testing/peers.ts'
import { mayfly, serving, writeFiles, type Ended } from './testing/mayfly-process.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
// Without what npm puts first on it in a script: the machine's own Node is what a user has.
const MACHINE_PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter)
const TYPES = `
import { memoryKv, Runtime, type Manifest, type MayflyError } from 'mayfly'
import { buildAgent } from 'mayfly/build'
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
// What it says of embedding is what is run.
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const [, PROGRAM = ''] = /## Embed it\n\n```ts\n([^]*?)```/.exec(README) ?? []

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
    const missing = targets.filter((path) => !existsSync(join(unpacked, path.replace('*', ''))))
    // Sources are for a checkout, where the condition that leads to them is set.
    expect(missing.filter((path) => path.startsWith('./dist/') || !path.endsWith('.ts'))).toEqual(
      [],
    )
    const files = filesBelow(unpacked)
    expect(files.filter((path) => /\.test\.|bench|hostile|conformance|testing/.test(path))).toEqual(
      files.filter((path) => path.startsWith('host/cli/new/templates') && path.includes('.test.')),
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
    expect(await npx('inspect', component)).toContain('export mayfly:agent/handler@0.1.0')
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
    // The test that came with the agent.
    expect((await run([node, '--test', 'my-agent/*.test.ts'])).stdout).toMatch(/pass 1\n/)
  })

  it('has types', async () => {
    const app = writeFiles(join(folder, 'app'), { 'types.ts': TYPES })
    const tsc = [process.execPath, join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')]
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext']
    await run([...tsc, ...options, '--lib', 'esnext,dom', join(app, 'types.ts')])
  })
})

function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : []
}
