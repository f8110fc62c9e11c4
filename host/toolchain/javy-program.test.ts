/** Programs for Javy, built and run by our engines. @module */
import { describe, expect, it } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../runtime/testing/peers.ts'
import { WrittenAgents } from './testing/written-agents.ts'

const agents = new WrittenAgents()
const { lines, records } = agents

type Ask = (body?: string, method?: string) => Promise<[status: number, body: string]>

async function load(files: Readonly<Record<string, string>>, engine?: string): Promise<Ask> {
  const agent = await agents.load({ name: 'program', source: 'agent.ts', engine }, files)
  return async (body, method = 'POST') => {
    const init = { method, ...(body === undefined ? {} : { body }) }
    const response = await agent.fetch(new Request('http://agent/', init))
    return [response.status, await response.text()]
  }
}

const COPY = `import { readFileSync, writeFileSync, STDIO } from 'javy/fs'
writeFileSync(STDIO.Stdout, readFileSync(STDIO.Stdin))
`

describe('a program for Javy', () => {
  it('copies its input, of any length, to its output, and starts anew with every request', async () => {
    const ask = await load({ 'agent.ts': COPY })
    const long = 'äöü€'.repeat(50_000)
    for (const text of ['', 'x', long, 'y']) expect(await ask(text)).toEqual([200, text])
    expect(await ask(undefined, 'GET')).toEqual([200, ''])
  })

  it('is one in a package of CommonJS as well', async () => {
    const ask = await load({ 'agent.ts': COPY, 'package.json': '{ "type": "commonjs" }' })
    expect(await ask('typed')).toEqual([200, 'typed'])
  })

  it('runs its own files once a request, packages once for all', async () => {
    const ask = await load({
      'agent.ts': `import { STDIO, writeFileSync } from 'javy/fs'
import { count } from './count.ts'
import { at } from 'package'
const when = at === Date.now()
writeFileSync(STDIO.Stdout, new TextEncoder().encode(count() + ' ' + count() + ' ' + when))`,
      'count.ts': 'let calls = 0\nexport const count = (): number => ++calls\n',
      'node_modules/package/package.json':
        '{ "name": "package", "type": "module", "main": "index.js" }',
      'node_modules/package/index.js': 'export const at = Date.now()\n',
    })
    expect(await ask()).toEqual([200, '1 2 false'])
    expect(await ask()).toEqual([200, '1 2 false'])
  })

  it('may use the global only, and wait at its top level', async () => {
    const script = await load({
      'agent.ts':
        'const buffer = new Uint8Array(3)\nconst length = Javy.IO.readSync(0, buffer)\nJavy.IO.writeSync(1, buffer.subarray(0, length))\n',
    })
    expect(await script('abcdef')).toEqual([200, 'abc'])
    const waiting = await load({
      'agent.ts': `const { a } = Javy.JSON.fromStdin()
await new Promise((resolve) => setTimeout(resolve, 5))
Javy.JSON.toStdout({ b: a + 1 })`,
    })
    expect(await waiting('{"a":1}')).toEqual([200, '{"b":2}'])
  })

  it('is waited for where it does not wait itself', async () => {
    const ask = await load({
      'agent.ts': `async function main() {
  for (let turn = 0; turn < 100; turn++) await null
  console.log('done', { turn: 1 })
}
void main(Javy.IO)`,
    })
    expect(await ask()).toEqual([200, 'done [object Object]\n'])
  })

  it('writes its standard error to the log, line by line', async () => {
    const ask = await load({
      'agent.ts': `import { STDIO, writeFileSync } from 'javy/fs'
const bytes = new TextEncoder().encode('one\\ntwo ä')
writeFileSync(STDIO.Stderr, bytes.subarray(0, bytes.length - 1))
writeFileSync(STDIO.Stderr, bytes.subarray(bytes.length - 1))`,
    })
    lines.length = 0
    expect(await ask()).toEqual([200, ''])
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['error', 'one'],
      ['error', 'two ä'],
    ])
  })

  it('answers 500 when it throws, without what it had written', async () => {
    const ask = await load({
      'agent.ts': `import { readFileSync, STDIO, writeFileSync } from 'javy/fs'
writeFileSync(STDIO.Stdout, new TextEncoder().encode('half'))
if (readFileSync(STDIO.Stdin).length === 0) throw new Error('no input')`,
    })
    const [status, body] = await ask()
    expect([status, body]).toEqual([500, expect.not.stringMatching(/half|no input/)])
    expect(records.at(-1)?.outcome).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('Error: no input') },
    })
    expect(await ask('x')).toEqual([200, 'half'])
  })

  it.for([
    ['Javy.IO.readSync(1, new Uint8Array(1))', 'Cannot read file descriptor 1'],
    ['Javy.IO.writeSync(0, new Uint8Array(1))', 'Cannot write to file descriptor 0'],
    ['Javy.IO.writeSync(3, new Uint8Array(1))', 'Cannot write to file descriptor 3'],
    ['Javy.IO.writeSync(1, "text")', 'not a Uint8Array'],
  ] as const)('is refused %s', async ([code, message]) => {
    const ask = await load({ 'agent.ts': code })
    expect((await ask())[0]).toBe(500)
    const { outcome } = records.at(-1) ?? {}
    expect(outcome).toMatchObject({ error: { message: expect.stringContaining(message) } })
  })

  it.runIf(HAS_PEERS)(
    `builds with jco's engine as well (${NEEDS_PEERS})`,
    { timeout: 60_000 },
    async () => {
      const ask = await load({ 'agent.ts': COPY }, 'componentize-qjs')
      expect(await ask('typed')).toEqual([200, 'typed'])
    },
  )
})

describe('what is no program for Javy', () => {
  it('stays an agent when it has a default export', async () => {
    const ask = await load({
      'agent.ts': "import 'javy'\nexport default { fetch: () => new Response('agent') }\n",
    })
    expect(await ask()).toEqual([200, 'agent'])
  })

  it('stays an agent when it is CommonJS', async () => {
    const text = "// Javy.IO\nmodule.exports = { fetch: () => new Response('agent') }\n"
    const ask = await load({ 'agent.ts': text, 'package.json': '{ "type": "commonjs" }' })
    expect(await ask()).toEqual([200, 'agent'])
  })

  it('is refused without a default export', async () => {
    await expect(load({ 'agent.ts': 'export const a = 1\n' })).rejects.toMatchObject({
      code: 'ERR_BUILD_FAILED',
      message: expect.stringContaining('no default export'),
    })
  })

  it('is refused when a package of it reads its input while it is built', async () => {
    const loading = load({
      'agent.ts': "import 'eager'\nJavy.IO.writeSync(1, new Uint8Array(1))\n",
      'node_modules/eager/package.json': '{ "name": "eager", "main": "index.js" }',
      'node_modules/eager/index.js': 'Javy.IO.readSync(0, new Uint8Array(1))\n',
    })
    await expect(loading).rejects.toMatchObject({
      code: 'ERR_BUILD_FAILED',
      message: expect.stringMatching(/eager\/index\.js:1:\d+: throws .*Cannot read standard input/),
    })
  })
})
