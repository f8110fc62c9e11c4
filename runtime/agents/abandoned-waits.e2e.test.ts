/**
 * Guests that are stopped while they wait leave nothing: every instance is collected, for each kind of wait, also for a
 * turn to compute.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { guardedFetch } from '../../host/drivers/guarded-fetch/index.ts'
import { memoryKv, type KvDriver } from '../capabilities/kv/index.ts'
import { Runtime } from '../presets/index.ts'
import { HAS_PEERS } from '../testing/peers.ts'
import type { Agent } from './index.ts'
import { LiveInstances } from './testing/live-instances.ts'

const soak = process.env['MAYFLY_SOAK'] !== undefined
/** Slow to build. */
const hasService = soak || HAS_PEERS
/** Of all kinds together. */
const WAITS = soak ? 20_000 : 210
/** Before memory is looked at: code is compiled, pools are full. */
const WARM_UP = soak ? 50 : 3
const AT_ONCE = 10
/** Some are left by their client, some meet their deadline. */
const LEAVES_AFTER_MS = 5
const DEADLINE_MS = 25
/** Of resident memory. */
const GROWTH = 1.1

const WAITING = `export default {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url)
    switch (searchParams.get('for')) {
      case 'timer':
        await new Promise((resolve) => setTimeout(resolve, 60_000))
        break
      case 'fetch':
        await fetch(env.config.SILENT)
        break
      case 'kv':
        await env.kv.open('notes').get('a')
        break
      case 'tool':
        await env.tools.call('waits-as-tool', {})
        break
      case 'stream':
        return new Response(new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('first')),
          pull: () => new Promise((resolve) => setTimeout(resolve, 60_000)),
        }))
      case 'turn':
        for (;;);
      case 'catch':
        for (;;) try { await new Promise((resolve) => setTimeout(resolve, 60_000)) } catch {}
    }
    return new Response('done')
  },
}
`
const SERVICE = `addEventListener('fetch', (event) => event.respondWith(answer(event.request)))
async function answer(request) {
  const { searchParams } = new URL(request.url)
  if (searchParams.get('for') === 'turn') for (;;);
  if (searchParams.get('for') === 'timer') await new Promise((resolve) => setTimeout(resolve, 60_000))
  if (searchParams.has('url')) await fetch(searchParams.get('url'))
  return new Response('done')
}
`
const KINDS = ['timer', 'fetch', 'kv', 'tool', 'stream', 'catch', 'turn'] as const

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-waits-'))
const instances = new LiveInstances()

let silent: Server
let runtime: Runtime
/** Requests by the kind of wait. */
const waits = new Map<string, (signal: AbortSignal) => Promise<Response>>()

beforeAll(async () => {
  silent = createServer(() => {}) // Accepts and never answers
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/`
  runtime = new Runtime({
    drivers: { http: guardedFetch(), kv: neverAnswers() },
    // A guest that rests gives its slot back: idle ones would be most of those that are alive.
    pool: { idleMs: 1 },
  })
  const http = [{ host: '127.0.0.1', port, scheme: 'http', network: 'loopback' }]
  await load('waits-as-tool', WAIT_FOR_EVER, {})
  const agent = await load('waits', WAITING, {
    http,
    kv: { notes: { access: 'read' } },
    tools: { 'waits-as-tool': {} },
    config: { SILENT: url },
  })
  for (const kind of KINDS) waits.set(kind, ask(agent, `for=${kind}`))
  if (!hasService) return
  const service = await load('waits-in-service', SERVICE, { http }, 'starlingmonkey')
  waits.set('timer of wasi:http', ask(service, 'for=timer'))
  waits.set('fetch of wasi:http', ask(service, `url=${url}`))
  waits.set('turn of wasi:http', ask(service, 'for=turn'))
}, 240_000)

afterAll(async () => {
  instances[Symbol.dispose]()
  silent.closeAllConnections()
  silent.close()
  rmSync(ROOT, { recursive: true })
  await runtime.close()
})

const WAIT_FOR_EVER =
  'export default { fetch: () => new Promise((resolve) => setTimeout(resolve, 60_000)) }'

test(
  'stopped guests are collected, whatever they waited for, and so is everything after close()',
  async () => {
    for (const wait of waits.values()) await stopMany(wait, WARM_UP)
    await instances.untilStill()
    const before = { alive: instances.alive, rss: process.memoryUsage.rss() }
    const each = Math.ceil(WAITS / waits.size)
    for (const [kind, wait] of waits) {
      await stopMany(wait, each)
      await instances.untilStill()
      // A slot whose guest was stopped on its stack is never used again, and others are idle soon.
      expect.soft(instances.alive, kind).toBeLessThanOrEqual(before.alive + AT_ONCE)
    }
    const rss = process.memoryUsage.rss()
    console.log(
      `soak: ${each * waits.size} waits of ${waits.size} kinds stopped, ${instances.alive} instances alive ` +
        `(${before.alive} before), resident ${mib(before.rss)} to ${mib(rss)} MiB`,
    )
    // A few waits more or less than the noise of a test runner say nothing.
    if (soak) expect(rss).toBeLessThan(before.rss * GROWTH)

    // Again, because a machine that stands still for as long as the deadline makes it 504.
    const answer = ask(answering(), '')
    const status = async (): Promise<number> => (await answer(new AbortController().signal)).status
    await expect.poll(status, { timeout: 10_000 }).toBe(200)
    await runtime.close()
    agents.length = 0
    waits.clear()
    await instances.untilStill()
    // Modules of the linker, which are made once a thread.
    expect(instances.alive).toBeLessThanOrEqual(AT_ONCE)
    const closed = process.memoryUsage.rss()
    console.log(
      `soak: after close() ${instances.alive} instances alive, resident ${mib(closed)} MiB`,
    )
    if (soak) expect(closed).toBeLessThan(before.rss * GROWTH)
  },
  soak ? 1_800_000 : 120_000,
)

function mib(bytes: number): string {
  return (bytes / 1_048_576).toFixed()
}

const agents: Agent[] = []

function answering(): Agent {
  const agent = agents.find(({ name }) => name === 'waits')
  if (agent === undefined) throw new Error('not loaded')
  return agent
}

async function load(
  name: string,
  text: string,
  capabilities: Readonly<Record<string, unknown>>,
  engine?: string,
): Promise<Agent> {
  const directory = join(ROOT, name)
  mkdirSync(directory)
  writeFileSync(join(directory, 'agent.js'), text)
  const limits = { deadlineMs: DEADLINE_MS }
  const manifest = { name, source: 'agent.js', engine, capabilities, limits }
  writeFileSync(join(directory, 'agent.json'), JSON.stringify(manifest))
  const agent = await runtime.load(await buildAgent({ directory }))
  agents.push(agent)
  return agent
}

function ask(agent: Agent, query: string): (signal: AbortSignal) => Promise<Response> {
  return (signal) => agent.fetch(new Request(`http://x/?${query}`), { signal })
}

async function stopMany(
  wait: (signal: AbortSignal) => Promise<Response>,
  count: number,
): Promise<void> {
  let begun = 0
  const client = async (): Promise<void> => {
    while (begun < count) await stop(wait, begun++ % 2 === 0)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client))
}

async function stop(
  wait: (signal: AbortSignal) => Promise<Response>,
  leaves: boolean,
): Promise<void> {
  const client = new AbortController()
  const timer = leaves ? setTimeout(() => client.abort(), LEAVES_AFTER_MS) : undefined
  const response = await wait(client.signal)
  // A stream that is cut off fails where it is read.
  const text = await response.text().catch(() => 'cut off')
  clearTimeout(timer)
  if (text !== 'cut off') expect(response.status, text).toBeGreaterThanOrEqual(499)
}

/** A store that never answers: the driver keeps the promise. */
function neverAnswers(): KvDriver {
  const kept: Promise<never>[] = []
  const driver = memoryKv()
  return {
    ...driver,
    async open(namespace) {
      const store = await driver.open(namespace)
      // Its methods are those of its class.
      store.get = () => {
        const promise = new Promise<never>(() => {})
        kept.push(promise)
        return promise
      }
      return store
    },
  }
}
