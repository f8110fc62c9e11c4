/**
 * The first hour of a user, from the tarball: `npx mayfly new`, install, types, tests, `dev`, an edit, its effect, `build`, `serve`
 * and `deploy`; and of each template that it is checked, tested and built.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../runtime/testing/peers.ts'
import { missingToolchain } from '../../runtime/wasi/testing/compile-c.ts'
import { serving, writeFiles } from './testing/mayfly-process.ts'
import { installNode, packPackage, UserShell } from './testing/packed-package.ts'

// What `npx mayfly` runs: npx does not pass on the signal that ends a host.
const MAYFLY = 'exec node_modules/.bin/mayfly'
const WAIT = { timeout: 30_000, interval: 50 }

/** An edit of each agent, and what it answers before and after. */
const EDITS = {
  typescript: {
    edit: ['agent.json', 'Hello', 'Welcome'],
    path: '/',
    answers: ['Hello, World!\n', 'Welcome, World!\n'],
  },
  hono: {
    edit: ['agent.ts', 'Hello from', 'Greetings from'],
    path: '/',
    answers: ['Hello from Hono!\n', 'Greetings from Hono!\n'],
  },
} as const

/** The other templates, with the packages that each needs beside Mayfly. */
const OTHERS = {
  assemblyscript: ['assemblyscript', '@bytecodealliance/jco'],
  starlingmonkey: ['@bytecodealliance/componentize-js', '@bytecodealliance/jco'],
  javy: ['javy@^0.1.2'],
  c: ['@bytecodealliance/jco'],
} as const

const ROOT = join(import.meta.dirname, '..', '..')
const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly peerDependencies: Readonly<Record<string, string>>
}
const noClang = missingToolchain()
/** One walk in CI, and all of them by `npm run soak walk`: each installs packages for minutes. */
const SOAK = process.env['MAYFLY_SOAK'] !== undefined
const WALKS = [['typescript', '24'], ...(SOAK ? ([['hono', '26']] as const) : [])] as const

let folder = ''
let tarball = ''

describe.runIf(HAS_PEERS || SOAK)(`the walk of a user ${NEEDS_PEERS}`, { timeout: 600_000 }, () => {
  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'mayfly-walk-')))
    mkdirSync(join(folder, 'packed'))
    tarball = await packPackage(join(folder, 'packed'))
  }, 300_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(WALKS)('%s on Node %s', async (template, version) => {
    const node = await installNode(join(folder, `node-${version}`), version)
    const shell = new UserShell(node)
    expect((await shell.run('node --version', folder)).stdout).toMatch(`v${version}.`)

    const made = `npx --yes --package="${tarball}" mayfly new ${template} --template ${template}`
    await shell.run(made, folder)
    const agent = join(folder, template)
    dependOnTarball(agent)
    await shell.install(agent)
    await shell.run('npm run types', agent)
    expect((await shell.run('npm test', agent)).stdout).toMatch(/pass 1\n/)

    const { edit, path, answers } = EDITS[template]
    const [before, after] = answers
    const answerOf = async (url: string): Promise<string> =>
      (await fetch(`${url}/${template}${path}`)).text()
    {
      await using dev = await serving([], shell.options(`${MAYFLY} dev --port 0`, agent))
      expect(await answerOf(dev.url)).toBe(before)
      change(agent, edit)
      await vi.waitFor(async () => expect(await answerOf(dev.url)).toBe(after), WAIT)
      await dev.stop()
    }
    const [file, from, to] = edit
    change(agent, [file, to, from])
    await shell.run('npm run build', agent)
    const served = `${MAYFLY} serve ${template}.wasm --port 0`
    await using host = await serving([], shell.options(served, agent))
    expect(await answerOf(host.url)).toBe(before)
    change(agent, edit)
    await shell.run('npx mayfly control deploy .', agent)
    expect(await answerOf(host.url)).toBe(after)
    await host.stop()
  })

  describe.runIf(SOAK)('every other template', () => {
    const shell = new UserShell(process.execPath)
    const project = (): string => join(folder, 'others')

    beforeAll(async () => {
      writeFiles(project(), { 'package.json': { type: 'module', private: true } })
      const peers = new Set(Object.values(OTHERS).flat().map(withVersion))
      const checkers = ['typescript@7.0.2', '@types/node@26']
      await shell.install(project(), `"${tarball}"`, ...peers, ...checkers)
    }, 300_000)

    const names = Object.keys(OTHERS).filter((name) => name !== 'c' || noClang === undefined)
    it.each(names)('%s is checked, tested and built', async (template) => {
      await shell.run(`npx mayfly new my-${template} --template ${template}`, project())
      const agent = join(project(), `my-${template}`)
      await shell.run('npx tsc', agent)
      expect((await shell.run('node --test', agent)).stdout).toMatch(/pass 1\n/)
      const { stdout } = await shell.run(`npx mayfly build my-${template}`, project())
      expect(stdout).toContain(`my-${template}.wasm`)
    })
  })
})

function withVersion(name: string): string {
  return name in peerDependencies ? `${name}@${peerDependencies[name]}` : name
}

/** The version that `new` writes is not published yet. */
function dependOnTarball(agent: string): void {
  const path = join(agent, 'package.json')
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace(/"mayfly": "[^"]*"/, `"mayfly": "file:${tarball}"`))
}

function change(agent: string, [file, from, to]: readonly [string, string, string]): void {
  const path = join(agent, file)
  const text = readFileSync(path, 'utf8')
  expect(text).toContain(from)
  writeFileSync(path, text.replace(from, to))
}
