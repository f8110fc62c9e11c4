import { afterAll, describe, expect, it } from 'vitest'
import type { LogLine } from '../capabilities/log/index.ts'
import { Runtime } from '../presets/index.ts'
import { memoryFiles, wasiFilesystem } from './index.ts'
import { compileC, compileReactor, missingToolchain } from './testing/compile-c.ts'

const missing = missingToolchain()
const lines: LogLine[] = []
const runtime = new Runtime({
  drivers: { log: { write: (line) => void lines.push(line) } },
  capabilities: [
    wasiFilesystem({
      files: memoryFiles({ input: () => ({ 'list.txt': new TextEncoder().encode('abc') }) }),
    }),
  ],
})

afterAll(() => runtime.close())

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

describe.skipIf(missing !== undefined)(`programs in C (${missing ?? 'clang'})`, async () => {
  const echo = missing === undefined ? await compileC('echo') : new Uint8Array()
  const files = missing === undefined ? await compileC('files') : new Uint8Array()
  const tree = missing === undefined ? await compileC('tree') : new Uint8Array()
  const world = 'package t:t; world w { export get: func() -> s32; }'
  const reactor = missing === undefined ? await compileReactor('reactor', world) : new Uint8Array()

  async function load(component: Uint8Array, capabilities: object = {}) {
    return runtime.load({ component, manifest: { name: 'program', capabilities } })
  }

  it('has arguments, standard streams, and nothing of the host', async () => {
    const agent = await load(echo)
    const outcome = await agent.run({ args: ['one', 'two'], stdin: 'typed\n' })
    expect(text(outcome.stdout)).toBe('arg one\narg two\ntyped\n')
    expect(text(outcome.stderr)).toBe('noted\n')
    expect(outcome.exitCode).toBe(0)
  })

  it('has the environment that the manifest sets', async () => {
    const agent = await load(echo, { config: { GREETING: 'hello' } })
    expect(text((await agent.run()).stdout)).toBe('env GREETING=hello\n')
  })

  it.for([
    ['exit', 3],
    ['fail', 3],
    ['return', 0],
  ] as const)('ends with %s, and nothing else ends', async ([how, exitCode]) => {
    const agent = await load(echo)
    for (let round = 0; round < 2; round++)
      expect(await agent.run({ args: [how] })).toMatchObject({ exitCode })
  })

  it('says when it trapped', async () => {
    const agent = await load(echo)
    await expect(agent.run({ args: ['abort'] })).rejects.toMatchObject({
      code: 'ERR_GUEST_TRAPPED',
    })
    expect((await agent.run()).exitCode).toBe(0)
  })

  it('sleeps without a thread', async () => {
    const agent = await load(echo)
    const started = performance.now()
    const runs = Array.from({ length: 50 }, () => agent.run({ args: ['sleep'] }))
    expect((await Promise.all(runs)).every(({ exitCode }) => exitCode === 0)).toBe(true)
    // One after the other they would take 25 seconds.
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it('answers a request: its body on standard input, the response from standard output', async () => {
    const agent = await load(echo)
    const body = 'x'.repeat(300_000)
    const response = await agent.fetch(new Request('http://host/', { method: 'POST', body }))
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(body)
    expect(lines.at(-1)).toMatchObject({ agent: 'program', level: 'error', message: 'noted' })
  })

  it('has no files without a grant', async () => {
    const out = text((await (await load(files)).run()).stdout)
    expect(out).not.toContain(': open')
    expect(out).not.toMatch(/runs|entry/)
  })

  it('has the areas that are granted, and no way out of them', async () => {
    const agent = await load(files, { files: { input: true, scratch: true, output: true } })
    for (const runs of [1, 2, 3]) {
      const out = text((await agent.run()).stdout)
      expect(out.split('\n')).toEqual([
        expect.stringMatching(/^\/etc\/passwd: (?!open)/),
        expect.stringMatching(/^\/input\/\.\.\/etc\/passwd: (?!open)/),
        '/input/list.txt: open',
        '/input/list.txt: Read-only file system',
        '/input/new: Read-only file system',
        '/scratch/new: open',
        `runs ${runs}`,
        expect.stringMatching(/^symlink (?!made)/),
        'entry old',
        '',
      ])
    }
  })

  it('changes what is below a directory that it opened, in an area at the root', async () => {
    const agent = await load(tree, { files: { output: { at: '/' } } })
    const { stdout, exitCode } = await agent.run()
    expect(text(stdout).split('\n')).toEqual([
      'fopen: done',
      'mkdir: done',
      'open: done',
      'mkdirat: done',
      'openat: done',
      'futimens: done',
      'times 7.8 9.123456789',
      'unlinkat: done',
      'rmdir: done',
      '',
    ])
    expect(exitCode).toBe(42)
  })

  it('changes nothing in an area that is to be read, at the root as elsewhere', async () => {
    const agent = await load(tree, { files: { input: { at: '/' } } })
    const [fopen, mkdir] = text((await agent.run()).stdout).split('\n')
    expect([fopen, mkdir]).toEqual(['fopen: Read-only file system', 'mkdir: Read-only file system'])
  })

  it('are initialised in every invocation when they read their environment before', async () => {
    const agent = await load(reactor, { config: { GREETING: 'A' }, files: { scratch: true } })
    for (let round = 0; round < 3; round++) expect(await agent.call('get')).toBe(65)
    expect(agent.stats().reset).toBe('fresh')
  })
})
