/** The examples, as `npm start` serves them. @module */

import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingToolchain } from '../../../runtime/wasi/testing/compile-c.ts'
import { serving, type Serving } from '../testing/mayfly-process.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
// Without curl the printed lines cannot be run.
const HAS_CURL = spawnSync('curl', ['--version']).status === 0
// Where C cannot be compiled, its example is left out.
const HAS_CLANG = missingToolchain() === undefined
const C_EXAMPLES: readonly (readonly [name: string, answer: RegExp])[] = HAS_CLANG
  ? [['c-words', /^\{"lines":0,"words":6,"bytes":18\}\n$/]]
  : []
const EXAMPLES = [
  ...C_EXAMPLES.map(([name]) => name),
  'calc',
  'counter',
  'fetcher',
  'hello',
  'javy-shout',
  'lines',
  'pages',
  'planner',
  'relay',
  'report',
  'search',
  'stats',
  'stream',
]
// Left out unless the folder is named.
const SLOW = 'starlingmonkey-digest'

let data = ''
let host: Serving

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'mayfly-start-'))
  host = await start()
}, 120_000)

afterAll(async () => {
  await host?.[Symbol.asyncDispose]()
  rmSync(data, { recursive: true, force: true })
})

/** As `npm start` does, but for the folder of the stores. */
function start(...folder: string[]): Promise<Serving> {
  const env = { PORT: '0', HOST: 'localhost' }
  return serving(['start', ...folder, '--data', data], { cwd: ROOT, env })
}

function get(path: string, init?: RequestInit): Promise<Response> {
  return fetch(host.url + path, init)
}

function namesOf(output: string): (string | undefined)[] {
  return [...output.matchAll(/^ {2}([\w-]+) +.*\bcurl /gm)].map(([, name]) => name)
}

function lineOf(name: string): string {
  const [, line = ''] = new RegExp(`^  ${name} +(.*)$`, 'm').exec(host.output()) ?? []
  return line
}

/** Runs a line like a person who copies it from the terminal. */
function shell(line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', line.replace('curl', 'curl -sS')], (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(stderr, { cause: error }))
    })
  })
}

describe('mayfly start', () => {
  it('serves the examples where HOST and PORT say, and prints a line for each', async () => {
    console.log(`Started in ${Math.round(host.startMs)} ms`)
    expect(host.url).toMatch(/^http:\/\/localhost:\d+$/)
    expect(namesOf(host.output())).toEqual(EXAMPLES)
    expect(host.output()).toContain(`Left out: ${SLOW}`)
    expect(host.output()).toContain('npx mayfly start components/examples\n')
    const { agents } = (await (await get('/-/agents')).json()) as { agents: object[] }
    expect(agents).toMatchObject(
      EXAMPLES.map((name) => ({
        name,
        route: `/${name}/*`,
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        componentBytes: expect.any(Number),
        invocations: 0,
      })),
    )
  })

  it.runIf(HAS_CURL).each<readonly [name: string, answer: RegExp]>([
    ...C_EXAMPLES,
    ['calc', /^7$/],
    ['counter', /^\{"path":"\/","visits":1\}$/],
    // With or without a network, the answer comes from the agent.
    ['fetcher', /^\{"url":"https:\/\/example\.com\/"/],
    ['hello', /^\{"hello":"world"\}$/],
    ['javy-shout', /^HELLO!\n$/],
    ['planner', /^\{"number":1,"lines":\["tea at 4.50","bread at 3.20"\],"total":"19.90"\}$/],
    ['report', /^\{"number":\d+,"lines":\["tea at 4.50"\],"total":"9.00"\}$/],
    ['search', /^\[\{"item":"tea","price":4.5\}\]$/],
    ['stats', /"name":"age","count":2,"mean":38\.5/],
    ['stream', /^(event: tick\ndata: .*\n\n){5}$/],
  ])('prints a line for %s that works', async (name, answer) => {
    expect(await shell(lineOf(name))).toMatch(answer)
  })

  it('greets, with path parameters and a query', async () => {
    expect(await (await get('/hello/hello/Ada?greeting=Good%20day')).text()).toBe('Good day, Ada!')
  })

  it('denies the fetcher what it was not granted', async () => {
    const response = await get(`/fetcher/?url=${encodeURIComponent(`${host.url}/hello/`)}`)
    expect([response.status, await response.json()]).toMatchObject([403, { error: 'denied' }])
    expect(host.output()).toMatch(/"event":"capability","agent":"fetcher".*"result":"denied"/)
  })

  it('describes the numeric columns of a CSV', async () => {
    const body = 'name,n\r\n"Ada, L.",1\r\nBob,2\r\nEve,3\r\nZoe,6\r\n'
    const response = await get('/stats/', { method: 'POST', body })
    const { columns } = (await response.json()) as { columns: Record<string, unknown>[] }
    expect(columns).toEqual([
      {
        name: 'n',
        count: 4,
        mean: 3,
        standardDeviation: expect.closeTo(2.160246899, 6),
        min: 1,
        q1: 1.75,
        median: 2.5,
        q3: 3.75,
        max: 6,
      },
    ])
  })

  it('sends events one by one, as they are made', async () => {
    const response = await get('/stream/?count=3')
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const arrivals: number[] = []
    let text = ''
    for await (const chunk of response.body ?? []) {
      arrivals.push(performance.now())
      text += Buffer.from(chunk).toString()
    }
    expect(text.match(/^event: tick$/gm)).toHaveLength(3)
    expect(arrivals).toHaveLength(3)
    // Were they held back until the end, they would arrive together.
    expect((arrivals[2] ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(50)
  })

  it('finishes what has begun on SIGTERM, and counts on after a restart', async () => {
    expect(await (await get('/counter/kept')).json()).toMatchObject({ visits: 1 })
    const response = await get('/stream/?count=3')
    const ended = host.stop()
    expect((await response.text()).match(/^event: tick$/gm)).toHaveLength(3)
    expect(await ended).toBe(0)
    await expect(get('/hello/')).rejects.toThrow('fetch failed')

    host = await start('components/examples')
    console.log(`Started again in ${Math.round(host.startMs)} ms`)
    expect(await (await get('/counter/kept')).json()).toMatchObject({ visits: 2 })
  }, 60_000)

  it('serves all of a folder that is named', async () => {
    expect(namesOf(host.output())).toEqual([...EXAMPLES, SLOW].toSorted())
    expect(host.output()).not.toContain('Left out')
  })

  it.runIf(HAS_CURL)(`prints a line for ${SLOW} that works`, async () => {
    expect(await shell(lineOf(SLOW))).toMatch(/^\{"algorithm":"SHA-512","digest":"9b71d224/)
  })
})
