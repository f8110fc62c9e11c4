/** `mayfly dev` over the life of a project: one host for most of it, as a person has it. @module */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mayfly, serving, writeFiles, type Serving } from '../testing/mayfly-process.ts'

const LAUNCHER = fileURLToPath(new URL('../mayfly.js', import.meta.url))
const SCRIPT = '/usr/bin/script'
const WAIT = { timeout: 30_000, interval: 20 }
const PAGE = { accept: 'text/html', 'sec-fetch-dest': 'document' }
const CALLER = {
  name: 'caller',
  source: 'agent.ts',
  capabilities: { tools: { teller: {} } },
}

let folder = ''
let host: Serving

function source(word: string): string {
  return `${word}\nexport default { async fetch() { return new Response(word) } }\n`
}

function save(files: Readonly<Record<string, unknown>>): void {
  writeFiles(folder, files)
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-dev-'))
  save({
    'package.json': { workspaces: ['agents/*'] },
    'shared/word.ts': "export const word = 'one'\n",
    'linked/target.ts': "export const other = '1'\n",
    'agents/caller/agent.json': CALLER,
    'agents/caller/agent.ts': `import { word } from '../../shared/word'
      export default {
        async fetch(request: Request, env: any) {
          if (new URL(request.url).pathname !== '/ask') return new Response(word)
          return Response.json(await env.tools.call('teller', {}))
        },
      }`,
    'agents/teller/agent.json': { name: 'teller', source: 'agent.ts' },
    'agents/teller/agent.ts': source("import { other as word } from './link'"),
    'more/first/agent.json': { name: 'first', source: 'agent.ts' },
    'more/first/agent.ts': source("import { word } from '../../shared/word'"),
  })
  symlinkSync('../../linked/target.ts', join(folder, 'agents/teller/link.ts'))
  const args = ['dev', 'agents/caller', 'more', '--port', '0', '--log-level', 'error']
  host = await serving(args, { cwd: folder })
}, 120_000)

afterAll(async () => {
  await host?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function answer(path: string): Promise<string> {
  return (await fetch(`${host.url}/${path}`)).text()
}

async function served(path: string, text: string): Promise<void> {
  await vi.waitFor(async () => expect(await answer(path)).toBe(text), WAIT)
}

async function failed(path: string): Promise<void> {
  await vi.waitFor(async () => {
    expect((await fetch(`${host.url}/${path}`)).headers.get('x-mayfly-dev')).toBe('build failed')
  }, WAIT)
}

async function mended(path: string): Promise<void> {
  await vi.waitFor(async () => {
    expect((await fetch(`${host.url}/${path}`)).headers.get('x-mayfly-dev')).toBe(null)
  }, WAIT)
}

describe('mayfly dev', { timeout: 120_000 }, () => {
  it('serves agents, folders of agents, and tools that are beside them', async () => {
    expect(host.output()).toContain(
      'Serves agents/teller as well: "teller" is a tool of "caller"\n',
    )
    expect(await answer('first/')).toBe('one')
    expect(await answer('teller/')).toBe('1')
  })

  it('builds all agents again that read a file, outside their folders too', async () => {
    save({ 'shared/word.ts': "export const word = 'two'\n" })
    await served('caller/', 'two')
    await served('first/', 'two')
  })

  it('builds again for a file that is found first, and when it is gone', async () => {
    save({ 'shared/word.tsx': "export const word = 'earlier'\n" })
    await served('caller/', 'earlier')
    rmSync(join(folder, 'shared/word.tsx'))
    await served('caller/', 'two')
  })

  it('follows links', async () => {
    save({ 'linked/target.ts': "export const other = '2'\n" })
    await served('teller/', '2')
  })

  it('keeps the version before while a folder is renamed', async () => {
    renameSync(join(folder, 'shared'), join(folder, 'away'))
    await failed('caller/')
    await failed('first/')
    expect(await answer('caller/')).toBe('two')
    expect(await mended('teller/')).toBe(undefined)
    const page = await (await fetch(`${host.url}/caller/`, { headers: PAGE })).text()
    expect(page).toContain('Could not resolve &#34;../../shared/word&#34;')
    renameSync(join(folder, 'away'), join(folder, 'shared'))
    await mended('caller/')
    await mended('first/')
  })

  it('waits for a file that an import lacks', async () => {
    save({ 'more/first/agent.ts': source("import { word } from './part'") })
    await failed('first/')
    save({ 'more/first/part.ts': "export const word = 'part'\n" })
    await served('first/', 'part')
  })

  it('reads an agent.json again that was broken, and one that grants more', async () => {
    save({ 'agents/caller/agent.json': '{' })
    await failed('caller/')
    expect(await answer('caller/')).toBe('two')
    save({ 'agents/caller/agent.json': { ...CALLER, route: '/other/*' } })
    await served('other/', 'two')
  })

  it('serves an agent that comes into a folder of agents, and none that has left', async () => {
    save({ 'more/second/agent.ts': source("const word = 'new'") })
    save({ 'more/second/agent.json': { name: 'second', source: 'agent.ts' } })
    await served('second/', 'new')
    rmSync(join(folder, 'more/second'), { recursive: true })
    await vi.waitFor(
      async () => expect((await fetch(`${host.url}/second/`)).status).toBe(404),
      WAIT,
    )
    expect(await answer('first/')).toBe('part')
  })

  it('keeps one error from holding up a change of another agent', async () => {
    save({ 'agents/teller/agent.json': { name: 'teller', source: 'agent.ts', route: '/other/*' } })
    save({ 'shared/word.ts': "export const word = 'three'\n" })
    await served('other/', 'three')
    await failed('teller/')
    expect(host.output()).toContain('Cannot serve agent')
    save({ 'agents/teller/agent.json': { name: 'teller', source: 'agent.ts' } })
    await mended('teller/')
    // A tool that was found stays while its name cannot be read.
    save({ 'agents/teller/agent.json': '{' })
    await failed('teller/')
    expect(await answer('teller/')).toBe('2')
    save({ 'agents/teller/agent.json': { name: 'teller', source: 'agent.ts' } })
    await mended('teller/')
  })

  it('starts while an agent does not build, and serves it when it does', async () => {
    save({
      'late/one/agent.json': { ...CALLER, name: 'one' },
      'late/one/agent.ts': 'export default {',
    })
    save({ 'late/teller/agent.json': '{' })
    const child = spawn(process.execPath, [LAUNCHER, 'dev', 'late/one', '--port', '0'], {
      cwd: folder,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output += String(chunk)))
    try {
      await vi.waitFor(() => expect(output).toContain('until that is mended'), WAIT)
      await vi.waitFor(() => expect(output).toContain('Mayfly serves 0 agents'), WAIT)
      const [, url] = /^Mayfly serves 0 agents at (\S+)$/m.exec(output) ?? []
      const page = await fetch(`${url}/one/`, { headers: PAGE })
      expect([page.status, await page.text()]).toEqual([
        500,
        expect.stringContaining('agent &#34;one&#34;'),
      ])
      save({ 'late/one/agent.ts': source("const word = 'late'") })
      await vi.waitFor(async () => {
        expect(await (await fetch(`${url}/one/`)).text()).toBe('late')
      }, WAIT)
      expect(output).toContain('its tool "teller" is not served')
      save({ 'late/teller/agent.json': { name: 'teller', source: 'agent.ts' } })
      save({ 'late/teller/agent.ts': source("const word = 'found'") })
      await vi.waitFor(async () => {
        expect(await (await fetch(`${url}/teller/`)).text()).toBe('found')
      }, WAIT)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('is ended by SIGINT within a second while code of a build has no end', async () => {
    const before = host.output().length
    save({ 'linked/target.ts': "for (;;);\nexport const other = ''\n" })
    save({ 'more/first/part.ts': "export const word = 'last'\n" })
    await served('first/', 'part').catch(() => {})
    const startedAt = performance.now()
    expect(await host.stop('SIGINT')).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(host.output().slice(before)).not.toContain('    at ')
  })
})

describe('a tool that is not served', () => {
  it('is an error of dev and serve at their start, with what to do', async () => {
    save({ 'alone/lost/agent.json': { ...CALLER, name: 'lost' } })
    save({ 'alone/lost/agent.ts': source("const word = ''") })
    const none = await mayfly(['dev', 'alone/lost', '--port', '0'], { cwd: folder })
    expect(none).toMatchObject({ code: 2, stdout: '' })
    expect(none.stderr).toContain(
      'Cannot serve agent "lost": its tool "teller" is not served\n  Add the path of agent "teller" to the arguments of mayfly dev',
    )
    save({ 'linked/target.ts': "export const other = '3'\n" })
    const given = await mayfly(['serve', 'agents/caller', '--port', '0'], { cwd: folder })
    expect(given).toMatchObject({ code: 2, stdout: '' })
    expect(given.stderr).toContain('Add agents/teller to the arguments of mayfly serve')
  }, 60_000)

  it('is found beside the agent by call', async () => {
    const called = await mayfly(['call', 'agents/caller', '/ask'], { cwd: folder })
    expect([called.stderr, called.stdout]).toEqual(['', '3'])
  }, 60_000)
})

describe('mayfly serve --watch', () => {
  it('serves what was saved, without tools that were not given', async () => {
    const args = ['serve', 'more', '--watch', '--port', '0', '--workers', '1']
    await using watched = await serving(args, { cwd: folder })
    save({ 'more/first/part.ts': "export const word = 'watched'\n" })
    const url = `${watched.url}/first/`
    await vi.waitFor(async () => expect(await (await fetch(url)).text()).toBe('watched'), WAIT)
    // Its clients are not the author.
    save({ 'more/first/part.ts': 'export const word = ' })
    await vi.waitFor(() => expect(watched.output()).toContain('Still serving'), WAIT)
    const answered = await fetch(url, { headers: PAGE })
    expect([answered.headers.get('x-mayfly-dev'), await answered.text()]).toEqual([null, 'watched'])
    expect(await watched.stop()).toBe(0)
  }, 60_000)
})

describe.runIf(existsSync(SCRIPT))(`keys, with ${SCRIPT}`, () => {
  it('start again with the variables of now, clear stores and end, and leave the terminal as it was', async () => {
    const capabilities = { kv: { s: { access: 'write' } }, config: { A: { env: 'VARIABLE_A' } } }
    save({
      'keys/agent.json': { name: 'keys', source: 'agent.ts', capabilities },
      'keys/.env': 'VARIABLE_A=kept',
      'keys/tsconfig.json': {},
    })
    save({
      'keys/agent.ts': `export default { async fetch(_: Request, env: any) {
        const store = env.kv.open('s')
        await store.set('k', 'v')
        return new Response(env.config.A)
      } }`,
    })
    const command = `"${process.execPath}" "${LAUNCHER}" dev keys --port 0 --log-level error; stty -a`
    const child = spawn(SCRIPT, ['-qec', command, '/dev/null'], { cwd: folder })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    let output = ''
    child.stdout.on('data', (chunk) => (output += String(chunk).replaceAll('\r', '')))
    const shown = (text: string | RegExp): Promise<void> =>
      vi.waitFor(() => expect(output).toMatch(text), WAIT)
    const press = async (key: string, expected: string | RegExp): Promise<void> => {
      output = ''
      child.stdin.write(key)
      await shown(expected)
    }
    try {
      await shown(/Keys: r {2}builds/)
      const [, url] = /at (http:\S+)/.exec(output) ?? []
      await press('k', 'No keys to clear in .mayfly/data')
      expect(await (await fetch(`${url}/keys/`)).text()).toBe('kept')
      await press('k', 'Cleared the key-value stores of keys (1 key)')
      await press('l', 'Log level: silent')
      save({ 'keys/.env': 'VARIABLE_A=of now' })
      await press('r', new RegExp(`Starting again\\n\\nMayfly serves 1 agent at ${url}\\n`))
      expect(await (await fetch(`${url}/keys/`)).text()).toBe('of now')
      save({ 'keys/.env': 'no variable' })
      await press('r', /line 1: not a variable[^]*Starting with the variables of before[^]*serves/)
      expect(await (await fetch(`${url}/keys/`)).text()).toBe('of now')
      const types = (): string => readFileSync(join(folder, 'keys/mayfly-env.d.ts'), 'utf8')
      expect(types()).toContain('"A": string')
      const more = { ...capabilities, config: { B: 'b' } }
      output = ''
      save({ 'keys/agent.json': { name: 'keys', source: 'agent.ts', capabilities: more } })
      await shown(/Wrote keys\/mayfly-env\.d\.ts/)
      expect(types()).toContain('"B": string')
      await press('?', /k {2}clears/)
      await press('\u0003', / -?icanon/)
      await ended
      expect(output).toMatch(/[ ;]icanon/)
    } finally {
      child.kill('SIGKILL')
    }
  }, 60_000)
})
