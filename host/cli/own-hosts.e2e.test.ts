/** Hosts of agents, and fields that are left out of answers, as the operator of a host sees them. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mayfly, serving, writeFiles, type Serving } from './testing/mayfly-process.ts'

const AGENT = `
  export default {
    async fetch() {
      const headers = new Headers({ 'strict-transport-security': 'max-age=1' })
      headers.append('set-cookie', 'a=1; Path=/')
      return new Response('here', { headers })
    },
  }`
const PATIENCE_MS = 10_000

let folder = ''
let host: Serving

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-own-hosts-'))
  const places = {
    shop: {},
    api: { hosts: ['api.example.com', 'api.localhost'] },
    both: { hosts: ['both.localhost'], route: '/both/*' },
  }
  for (const [name, place] of Object.entries(places)) {
    writeFiles(join(folder, name), {
      'agent.json': { name, source: 'agent.js', ...place },
      'agent.js': AGENT,
    })
  }
  const paths = Object.keys(places).map((name) => join(folder, name))
  const options = ['--port', '0', '--workers', '1', '--data', join(folder, 'data')]
  host = await serving(['serve', ...paths, ...options], { cwd: folder })
}, 120_000)

afterAll(async () => {
  await host?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

function ask(path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(host.url + path, { headers }, (message) => {
      message.resume()
      message.on('end', () => resolve(message.statusCode))
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** The lines of the log about an agent, once `count` of `event` are there. */
async function linesOf(agent: string, event: string, count: number): Promise<object[]> {
  const lines = (): Record<string, unknown>[] =>
    host
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      // The cast: each line of the log is an object.
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['agent'] === agent)
  const some = (): unknown[] => lines().filter((line) => line['event'] === event)
  await vi.waitFor(() => expect(some()).toHaveLength(count), { timeout: PATIENCE_MS })
  return lines()
}

describe('mayfly serve', () => {
  it('prints each address of an agent', () => {
    const { port } = new URL(host.url)
    const output = host.output()
    expect(output).toContain(`  shop  curl ${host.url}/shop/\n`)
    expect(output).toContain(
      `  api   curl http://api.example.com:${port}/\n        curl http://api.localhost:${port}/\n`,
    )
    expect(output).toContain(
      `  both  curl ${host.url}/both/\n        curl http://both.localhost:${port}/both/\n`,
    )
  })

  it('logs a field that was left out once for each agent, with the remedy', async () => {
    for (let request = 0; request < 3; request++) expect(await ask('/shop/')).toBe(200)
    for (let request = 0; request < 2; request++)
      expect(await ask('/', { host: 'api.localhost' })).toBe(200)
    const lines = await linesOf('shop', 'request', 3)
    expect(lines.filter((line) => 'capability' in line)).toEqual(
      ['strict-transport-security', 'set-cookie'].map((target) =>
        expect.objectContaining({
          level: 'warn',
          capability: 'origin',
          action: 'answer',
          target,
          result: 'denied',
          hint: expect.stringContaining(
            'give the agent a host of its own, in "hosts" of agent.json',
          ),
        }),
      ),
    )
    const own = await linesOf('api', 'request', 2)
    expect(own.filter((line) => 'capability' in line)).toEqual([])
  })

  it('logs why a service worker was refused', async () => {
    expect(await ask('/both', { 'service-worker': 'script' })).toBe(403)
    expect(await linesOf('both', 'request', 1)).toEqual([
      expect.objectContaining({
        level: 'warn',
        status: 403,
        refusal: expect.stringContaining(
          'a service worker here would see requests to other agents',
        ),
      }),
    ])
  })
})

describe('mayfly control agents', () => {
  it('shows where agents answer', async () => {
    const { stdout } = await mayfly(['control', 'agents', '--json', '--data', join(folder, 'data')])
    // The cast: the control plane wrote it.
    const { agents } = JSON.parse(stdout) as { agents: object[] }
    expect(agents).toMatchObject([
      { name: 'shop', route: '/shop/*', hosts: [], shared: true },
      { name: 'api', route: '/*', hosts: ['api.example.com', 'api.localhost'], shared: false },
      { name: 'both', route: '/both/*', hosts: ['both.localhost'], shared: true },
    ])
  })
})

describe('mayfly audit', () => {
  it('has the fields that were left out', async () => {
    await ask('/shop/')
    // All records are written then.
    expect(await host.stop()).toBe(0)
    const shown = await mayfly(['audit', 'show', join(folder, 'data'), '--json', '--agent', 'shop'])
    const records = shown.stdout
      .split('\n')
      .filter((line) => line.includes('"capability":"origin"'))
    expect(records).toHaveLength(2)
    expect(records[0]).toMatch(/"outcome":"denied"/)
    expect(records[0]).toMatch(/"target":"strict-transport-security"/)
  })
})
