import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mayfly, serving } from './testing/mayfly-process.ts'

// About a second where nothing else runs; here other tests do.
const MAX_REBUILD_MS = 15_000
const WAIT = { timeout: 30_000, interval: 50 }

let directory = ''

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-cli-'))
  const manifest = { name: 'greeter', source: 'agent.ts', capabilities: { http: [] } }
  writeFileSync(join(directory, 'agent.json'), JSON.stringify(manifest))
  greet('Hello')
})

afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

function greet(greeting: string): void {
  writeFileSync(
    join(directory, 'agent.ts'),
    `export default {
      async fetch(request) {
        const { pathname, searchParams } = new URL(request.url)
        if (pathname === '/fail') return new Response('no', { status: 418 })
        const body = await request.text()
        return new Response('${greeting} ' + (searchParams.get('name') ?? body), {
          headers: { 'x-method': request.method, 'x-given': request.headers.get('x-given') ?? '' },
        })
      },
    }`,
  )
}

function data(): string {
  return join(directory, 'data')
}

describe('mayfly', () => {
  it('lists its verbs and explains each', async () => {
    const overview = await mayfly(['--help'])
    expect(overview.code).toBe(0)
    for (const verb of ['new', 'dev', 'build', 'call', 'serve', 'start', 'inspect']) {
      expect(overview.stdout).toContain(`\n  ${verb} `)
    }
    const help = await mayfly(['serve', '--help'])
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('--port')])
    expect((await mayfly(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/)
  })

  it.each([
    [[], 'Usage: mayfly'],
    [['absent'], 'Cannot run "absent": no such verb'],
    [['serve', '--absent'], "Unknown option '--absent'"],
    [['serve'], 'Cannot serve nothing'],
    [['serve', '/nowhere'], 'no such file'],
    [['serve', 'x', '--port', '99999'], 'Cannot use port "99999"'],
    [['serve', 'x', '--log-level', 'loud'], 'Cannot log at level "loud"'],
  ])('exits with 2 for %j', async (args, message) => {
    const { code, stdout, stderr } = await mayfly(args)
    expect([code, stdout + stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('mayfly call', () => {
  it('prints the body of the response', async () => {
    const { code, stdout } = await mayfly(['call', directory, '/?name=Ada'])
    expect([code, stdout]).toEqual([0, 'Hello Ada'])
  })

  it('sends method, headers and body, and prints all of the response as JSON', async () => {
    const args = ['-X', 'PUT', '-H', 'x-given: 1', '-d', 'you', '--json']
    const { stdout } = await mayfly(['call', directory, '/', ...args])
    const { status, headers, body } = JSON.parse(stdout)
    expect([status, body]).toEqual([200, 'Hello you'])
    expect(Object.fromEntries(headers)).toMatchObject({ 'x-method': 'PUT', 'x-given': '1' })
  })

  it('exits with 1 when the agent answers with an error', async () => {
    const { code, stdout } = await mayfly(['call', directory, '/fail'])
    expect([code, stdout]).toEqual([1, 'no'])
  })
})

describe('mayfly serve', () => {
  it('prints a line that works, and ends with 0 on SIGTERM', async () => {
    await using server = await serving(['serve', directory, '--port', '0', '--data', data()])
    const url = `${server.url}/greeter/`
    expect(await (await fetch(`${url}?name=Ada`)).text()).toBe('Hello Ada')
    expect(await server.stop()).toBe(0)
    expect(server.output()).toMatch(/"event":"request".*"agent":"greeter".*"status":200/)
  })
})

describe('mayfly dev', () => {
  it('serves what was saved, and the old agent when the new one does not build', async () => {
    await using server = await serving(['dev', directory, '--port', '0', '--data', data()])
    const url = `${server.url}/greeter/`
    greet('Welcome')
    await vi.waitFor(async () => {
      expect(await (await fetch(`${url}?name=Ada`)).text()).toBe('Welcome Ada')
    }, WAIT)
    const [, rebuiltMs] = /greeter: rebuilt in (\d+) ms/.exec(server.output()) ?? []
    expect(Number(rebuiltMs)).toBeLessThan(MAX_REBUILD_MS)
    writeFileSync(join(directory, 'agent.ts'), 'export default {')
    await vi.waitFor(() => expect(server.output()).toContain('Still serving'), WAIT)
    // The place of the error, and the text of the line.
    expect(server.output()).toMatch(/agent\.ts:1:\d+: .*\n\s+1 \| export default \{/)
    expect(await (await fetch(`${url}?name=Ada`)).text()).toBe('Welcome Ada')
    expect(await server.stop('SIGINT')).toBe(0)
  })
})
