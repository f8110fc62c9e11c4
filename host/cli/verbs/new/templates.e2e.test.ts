/**
 * Each template as a person uses it: `new`, `build`, `call`, `run`, `serve` and its own test, where the
 * compiler it needs is there.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../../../runtime/testing/peers.ts'
import { missingToolchain } from '../../../../runtime/wasi/testing/compile-c.ts'
import { mayfly, serving, type Ended } from '../../testing/mayfly-process.ts'
import { TEMPLATES, type Template } from './template.ts'

const PACKAGE = fileURLToPath(new URL('../../../..', import.meta.url))
// Its cache is shared with other tests: engines take long to put together.
const CACHE = join(PACKAGE, '.mayfly')
const TIMEOUT_MS = 240_000

/** A request for each template, and its answer. */
const ANSWERS: Readonly<Record<Template, readonly [args: readonly string[], answer: string]>> = {
  typescript: [['/?name=Ada'], 'Hello, Ada!\n'],
  hono: [['/visits/home'], '{"page":"home","visits":1}'],
  starlingmonkey: [
    ['/', '-d', 'hello'],
    '{"sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}',
  ],
  assemblyscript: [['/', '-d', 'hello'], 'You sent 5 bytes\n'],
  c: [['/', '-d', 'hello'], 'HELLO'],
  javy: [['/', '-d', '{"name":"Ada"}'], '{"greeting":"Hello, Ada!"}'],
}

const noClang = missingToolchain()
const skipped: Partial<Record<Template, string>> = {
  ...(HAS_PEERS
    ? {}
    : { hono: NEEDS_PEERS, starlingmonkey: NEEDS_PEERS, javy: NEEDS_PEERS, c: NEEDS_PEERS }),
  ...(noClang === undefined ? {} : { c: noClang }),
}

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-templates-'))
  // As `npm install` in the folder of each would, but for the package registry.
  mkdirSync(CACHE, { recursive: true })
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(PACKAGE, join(folder, 'node_modules', 'mayfly'))
  for (const name of ['hono', 'javy'])
    symlinkSync(join(PACKAGE, 'node_modules', name), join(folder, 'node_modules', name))
})

afterAll(() => rmSync(folder, { recursive: true }))

async function run(...args: readonly string[]): Promise<Ended> {
  return mayfly(args, { cwd: folder })
}

for (const template of TEMPLATES) {
  const reason = skipped[template]
  describe.skipIf(reason !== undefined)(`mayfly new --template ${template} ${reason ?? ''}`, () => {
    const name = `my-${template}`
    const [request, answer] = ANSWERS[template]

    it('makes an agent that builds and answers', { timeout: TIMEOUT_MS }, async () => {
      const made = await run('new', name, '--template', template)
      expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('npm install && ') })
      expect(readdirSync(join(folder, name))).toContain('package.json')
      symlinkSync(CACHE, join(folder, name, '.mayfly'))
      const built = await run('build', name)
      expect(built).toMatchObject({ code: 0, stdout: expect.stringContaining(`${name}.wasm`) })
      expect(statSync(join(folder, `${name}.wasm`)).size).toBeGreaterThan(1000)
      expect(await run('call', name, ...request)).toMatchObject({ code: 0, stdout: answer })
    })

    it('passes its own test', { timeout: TIMEOUT_MS }, async () => {
      // The test asks this variable which runner it runs under.
      const command = ['env', '-u', 'VITEST', process.execPath]
      command.push('--conditions=mayfly-source', '--test')
      const ended = await mayfly([], { cwd: join(folder, name), command })
      expect(ended, ended.stdout).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/pass 1/),
      })
    })
  })
}

describe('mayfly serve', () => {
  it('serves what every template makes', { timeout: TIMEOUT_MS }, async () => {
    const names = TEMPLATES.filter((each) => skipped[each] === undefined)
    const agents = names.map((each) => `my-${each}`)
    await using host = await serving(['serve', ...agents, '--port', '0'], { cwd: folder })
    for (const each of names) {
      const [[path, , body], answer] = ANSWERS[each]
      const init = body === undefined ? {} : { method: 'POST', body }
      const response = await fetch(`${host.url}/my-${each}${path}`, init)
      expect([each, response.status, await response.text()]).toEqual([each, 200, answer])
    }
  })
})

describe('mayfly run', () => {
  it.for(['javy', 'c'] as const)('connects %s to the terminal', async (template, { skip }) => {
    skip(skipped[template] !== undefined, skipped[template])
    const [[, , body = ''], answer] = ANSWERS[template]
    const command = [
      'sh',
      '-c',
      `printf %s '${body}' | ${process.execPath} "$0" run my-${template}`,
    ]
    const launcher = join(PACKAGE, 'host/cli/mayfly.js')
    const ended = await mayfly([launcher], { cwd: folder, command })
    expect(ended).toMatchObject({ code: 0, stdout: answer })
  })
})

describe('mayfly new', () => {
  it('knows a template by another name, and lists those it knows', async () => {
    expect(await run('new', 'short', '--template', 'ts')).toMatchObject({ code: 0 })
    expect(readdirSync(join(folder, 'short'))).toContain('agent.ts')
    for (const unknown of ['cobol', 'toString', '']) {
      const { code, stderr } = await run('new', 'no', '--template', unknown)
      expect([code, stderr]).toEqual([2, expect.stringContaining(TEMPLATES.join(', '))])
    }
  })

  it('says which packages the package around it lacks', async () => {
    const inside = mkdtempSync(join(tmpdir(), 'mayfly-inside-'))
    try {
      const command = [
        'sh',
        '-c',
        `echo '{}' > package.json && exec ${process.execPath} "$0" new mine --template javy`,
      ]
      const launcher = join(PACKAGE, 'host/cli/mayfly.js')
      const { code, stderr } = await mayfly([launcher], { cwd: inside, command })
      expect([code, stderr]).toEqual([0, expect.stringContaining('npm install javy@^0.1.2 && ')])
    } finally {
      rmSync(inside, { recursive: true })
    }
  })
})
