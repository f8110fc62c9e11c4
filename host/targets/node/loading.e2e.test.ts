/**
 * Agents that load slowly, or never: that is their own business, at a deploy and when the host starts.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { controlSocket, startServer, type MayflyServer, type ServerOptions } from './index.ts'
import { agent, ask, bundle, component, deploy, LOOP, run } from './testing/components.ts'

const UNMETERED = { metering: 'watchdog' }
// Of a core module; loading it takes seconds.
const FUNCTIONS = 40_000
const STEPS = 40

let directory = ''
let server: MayflyServer
let socketPath = ''

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-loading-'))
  server = await start('data', { agents: [await agent('neighbour', {})] })
  socketPath = controlSocket(join(directory, 'data')) ?? ''
}, 240_000)

afterAll(async () => {
  await server?.close()
  rmSync(directory, { recursive: true, force: true })
})

function start(data: string, options: Pick<ServerOptions, 'agents'>): Promise<MayflyServer> {
  const dataDirectory = join(directory, data)
  return startServer({ port: 0, workers: 2, dataDirectory, logLevel: 'silent', ...options })
}

async function names(): Promise<string[]> {
  const { body } = await ask(`${server.url}/-/agents`, { socketPath })
  const { agents } = body as { agents: { name: string }[] }
  return agents.map(({ name }) => name)
}

describe('an agent whose start function never returns', () => {
  const endless = () => agent('endless', { ...UNMETERED, deadlineMs: 3_600_000 }, { start: LOOP })

  it('costs its deploy and nothing else', async () => {
    let over = false
    const deployed = deploy(server, await endless(), socketPath).finally(() => (over = true))
    const other = await agent('other', {}, { run: '(i32.const 7)' })
    expect(await deploy(server, other, socketPath)).toMatchObject({ status: 201 })
    expect(await run(server, 'other')).toEqual({ status: 200, body: 7 })
    expect(await run(server, 'neighbour', 41)).toEqual({ status: 200, body: 41 })
    expect(await names()).toEqual(['neighbour', 'other'])
    const { status, body } = await ask(`${server.url}/-/health`, { socketPath })
    expect([status, body]).toMatchObject([200, { agents: 2 }])
    // All of that while it was still being loaded.
    expect(over).toBe(false)
    expect(await deployed).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('Cannot initialise agent "endless": not done after') },
    })
    expect(await names()).toEqual(['neighbour', 'other'])
    // A version that does load.
    const mended = await agent('endless', UNMETERED, { run: '(i32.const 8)' })
    expect(await deploy(server, mended, socketPath)).toMatchObject({ status: 201 })
    expect(await run(server, 'endless')).toEqual({ status: 200, body: 8 })
  })

  it('is left out when the host starts, and the others are served', async () => {
    const stuck = await agent('stuck', { ...UNMETERED, deadlineMs: 300 }, { start: LOOP })
    const neighbour = await agent('neighbour', {})
    const other = await start('second', { agents: [stuck, neighbour] })
    expect(other.refused).toMatchObject([
      { index: 0, name: 'stuck', error: { code: 'ERR_LIMIT_EXCEEDED' } },
    ])
    expect(other.agents).toEqual([neighbour])
    expect(await run(other, 'neighbour', 41)).toEqual({ status: 200, body: 41 })
    await other.close()
  })
})

describe('an agent that takes long to load', () => {
  it('has no request of another wait for it', async () => {
    const large = bundle('large', {}, await largeComponent())
    const startedAt = performance.now()
    let loadMs = 0
    const deployed = deploy(server, large, socketPath).finally(() => {
      loadMs = performance.now() - startedAt
    })
    const waits: number[] = []
    while (loadMs === 0) {
      const askedAt = performance.now()
      expect(await run(server, 'neighbour', 41)).toEqual({ status: 200, body: 41 })
      waits.push(performance.now() - askedAt)
    }
    expect(await deployed).toMatchObject({ status: 201 })
    expect(await run(server, 'large', 3)).toEqual({ status: 200, body: 3 + STEPS })
    waits.sort((a, b) => a - b)
    // Not compared with a clock: on a busy machine all of it is slow.
    expect(waits.length).toBeGreaterThan(20)
    expect(waits.at(-1)).toBeLessThan(loadMs / 3)
  })
})

/** The component of `agent`, but with a core module of many functions. */
async function largeComponent(): Promise<Uint8Array<ArrayBuffer>> {
  const whole = await component({})
  const parts: Buffer[] = [Buffer.from(whole.subarray(0, 8))]
  for (let at = 8; at < whole.length;) {
    const [size, start] = readLeb(whole, at + 1)
    const isModule = whole[at] === 1
    parts.push(isModule ? section(1, largeModule()) : Buffer.from(whole.subarray(at, start + size)))
    at = start + size
  }
  return new Uint8Array(Buffer.concat(parts))
}

function largeModule(): Buffer {
  const steps = Array.from({ length: STEPS }, () => [0x41, 1, 0x6a]).flat() // i32.const 1, i32.add
  const body = Buffer.from([0, 0x20, 0, ...steps, 0x0b])
  const code = Buffer.concat([Buffer.from(leb(body.length)), body])
  const count = Buffer.from(leb(FUNCTIONS))
  return Buffer.concat([
    Buffer.from('0061736d01000000', 'hex'),
    section(1, Buffer.from([1, 0x60, 1, 0x7f, 1, 0x7f])),
    section(3, Buffer.concat([count, Buffer.alloc(FUNCTIONS)])),
    section(7, Buffer.from([1, 3, 0x72, 0x75, 0x6e, 0, 0])), // run
    section(10, Buffer.concat([count, ...Array.from({ length: FUNCTIONS }, () => code)])),
  ])
}

function section(id: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([id, ...leb(content.length)]), content])
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]
}

function readLeb(bytes: Uint8Array, at: number): [value: number, next: number] {
  const byte = bytes[at] ?? 0
  if (byte < 128) return [byte, at + 1]
  const [rest, next] = readLeb(bytes, at + 1)
  return [(byte & 127) + rest * 128, next]
}
