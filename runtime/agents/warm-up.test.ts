import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { scriptAgent } from '../../host/toolchain/testing/script-agent.ts'
import type { AuditSink } from '../audit/index.ts'
import { memoryKv } from '../capabilities/kv/index.ts'
import type { LoadOptions } from './runtime-options.ts'

// Each code is asked for once in a thread: each test has modules of its own.
beforeEach(() => vi.resetModules())

const READING = `
  let got
  try { got = 'got ' + await kv.open('notes').get('a') } catch (error) { got = 'denied' }
  console.log(request.method + ' ' + got)
  return Response.json({ got })`
const component = await scriptOf(READING)
const other = await scriptOf("console.log('other'); return new Response()")
const endless = await scriptOf("console.log('endless'); for (;;);")

/** An agent with `body` as its handler. All have one engine. */
function scriptOf(body: string): Promise<Uint8Array> {
  const source = `
import { serve } from 'mayfly/guest/serve'
export const handler = serve({ async fetch(request, { kv }) { ${body} } })`
  return scriptAgent(source)
}

const manifest = { name: 'loaded', capabilities: { kv: { notes: { access: 'write' } } } }

interface Watched {
  readonly runtime: import('./runtime.ts').Runtime
  /** What the embedder could see. */
  readonly seen: unknown[]
  /** What agents log that no client asked. */
  readonly asked: string[]
}

async function watched(options: { warmUp?: boolean } = {}): Promise<Watched> {
  const { Runtime } = await import('./runtime.ts')
  const { standardCapabilities } = await import('../presets/index.ts')
  const seen: unknown[] = []
  const asked: string[] = []
  const kv = memoryKv()
  const audit: Pick<AuditSink, 'append'> = { append: (event) => void seen.push(event) }
  const runtime = new Runtime({
    capabilities: standardCapabilities({
      log: { write: (line) => void seen.push(line) },
      kv: { ...kv, open: (...given) => (seen.push(given), kv.open(...given)) },
    }),
    toWarmUp: () =>
      standardCapabilities({ log: { write: (line) => void asked.push(line.message) } }),
    onInvocation: (record) => void seen.push(record),
    audit: audit as AuditSink,
    poll: () => void seen.push('poll'),
    ...options,
  })
  return { runtime, seen, asked }
}

describe('Runtime.load()', () => {
  it('has the agent asked in the background: denied what it is granted, and seen by nothing', async () => {
    const { runtime, seen, asked } = await watched()
    const agent = await runtime.load({ component, manifest })
    // The agent was deployed, and its store was opened for its grant.
    const before = [...seen]
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(100), { timeout: 20_000 })
    await runtime.warmUp()
    expect(asked.length).toBeLessThanOrEqual(1000)
    expect(new Set(asked)).toEqual(new Set(['GET denied', 'POST denied']))
    expect(seen).toEqual(before)
    expect(runtime.stats()).toMatchObject({ agents: 1, invocations: 0, slots: { alive: 0 } })
    // A client is given what the agent has.
    const response = await agent.fetch(new Request('http://any/'))
    expect(await response.json()).toEqual({ got: expect.stringContaining('got') })
    expect(seen.length).toBeGreaterThan(before.length)
    await runtime.close()
  }, 30_000)

  it('has one agent of each code asked', async () => {
    const { runtime, asked } = await watched()
    await runtime.load({ component, manifest })
    await runtime.load({ component: other, manifest: { ...manifest, name: 'other' } })
    await runtime.warmUp()
    expect(asked.length).toBeGreaterThan(100)
    expect(asked).not.toContain('other')
    await runtime.close()
  }, 30_000)

  it('has few codes asked', async () => {
    const { runtime, asked } = await watched({ warmUp: false })
    for (let pages = 0; pages < 4; pages++) {
      const limits = { memoryBytes: 33_554_432 + pages * 65_536 }
      const name = `pages-${pages}`
      const script = await scriptOf(`console.log('${name}'); return new Response()`)
      await runtime.load({ component: script, manifest: { ...manifest, name, limits } })
    }
    await runtime.warmUp()
    expect(new Set(asked)).toEqual(new Set(['pages-0', 'pages-1', 'pages-2']))
    await runtime.close()
  }, 60_000)

  it.each([
    ['the runtime must not', { warmUp: false }, {}],
    ['functions of the embedder answer it', {}, { imports: { 'some:other/thing': {} } }],
    ['it is not metered', {}, { manifest: { ...manifest, limits: { metering: 'watchdog' } } }],
  ])('has nothing asked when %s', async (_, options, load: Partial<LoadOptions>) => {
    const { runtime, asked } = await watched(options)
    await runtime.load({ component, manifest, ...load })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(asked).toEqual([])
    await runtime.close()
  })

  it.each([
    ['is unloaded', async ({ runtime }: Watched) => runtime.agents[0]?.unload()],
    ['closes with its runtime', async ({ runtime }: Watched) => runtime.close()],
  ])('asks an agent no more that %s', async (_, end) => {
    const host = await watched()
    await host.runtime.load({ component, manifest })
    await vi.waitFor(() => expect(host.asked.length).toBeGreaterThan(0), { interval: 1 })
    await end(host)
    const { length } = host.asked
    expect(length).toBeLessThan(500)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(host.asked.length - length).toBeLessThan(100)
    await host.runtime.close()
  })

  it('does not keep a process alive', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mayfly-warm-up-'))
    try {
      const file = join(folder, 'agent.wasm')
      await writeFile(file, component)
      const program = join(import.meta.dirname, 'testing', 'warm-up-process.ts')
      const { stdout } = await promisify(execFile)(process.execPath, [
        '--no-warnings',
        program,
        file,
      ])
      expect(Number(stdout)).toBeLessThan(100)
    } finally {
      await rm(folder, { recursive: true })
    }
  }, 30_000)
})

describe('Runtime.warmUp()', () => {
  it('asks at once, where nothing is asked in the background', async () => {
    const { runtime, asked } = await watched({ warmUp: false })
    await runtime.load({ component, manifest })
    await runtime.warmUp()
    const { length } = asked
    expect(length).toBeGreaterThan(100)
    await runtime.warmUp()
    expect(asked.length).toBe(length)
    await runtime.close()
  }, 30_000)

  it('ends in time with an agent that computes without end, and lets others have their turns', async () => {
    const { runtime, asked } = await watched({ warmUp: false })
    await runtime.load({ component: endless, manifest })
    let turns = 0
    const count = setInterval(() => turns++, 1)
    const startedAt = performance.now()
    await runtime.warmUp()
    clearInterval(count)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.length).toBeLessThan(100)
    expect(turns).toBeGreaterThan(20)
    await runtime.close()
  }, 30_000)
})
