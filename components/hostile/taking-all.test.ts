/**
 * Agents that take all they can get of shared resources: their ceiling holds, the requests of a neighbour come first,
 * and everything comes back.
 *
 * Measured in turns, so that a slow machine does not matter; with MAYFLY_SOAK in time as well.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scriptAgent } from '../../host/toolchain/testing/script-agent.ts'
import { guardedFetch, type GuardedFetchOptions } from '../../host/drivers/guarded-fetch/index.ts'
import { http } from '../../runtime/capabilities/http/index.ts'
import type { AuditEvent } from '../../runtime/audit/index.ts'
import type { Agent } from '../../runtime/agents/index.ts'
import { Runtime, type RuntimeOptions } from '../../runtime/presets/index.ts'

const MIB = 1_048_576
const isSoak = process.env['MAYFLY_SOAK'] !== undefined
/** Requests of the neighbour: enough for a 99th percentile, or to see that it is served. */
const ASKS = isSoak ? 2_000 : 5

const NEIGHBOUR = `
  import { decodeUtf8, encodeUtf8 } from 'mayfly:agent/engine'
  import { send } from 'mayfly:agent/http@0.2.0'
  let calls = 0
  export const handler = {
    async handle({ headers, body }) {
      const [, url] = headers.find(([name]) => name === 'x-url')
      await send({ method: 'GET', url, headers: [], body: new Uint8Array() }, 'follow')
      return { status: 200, headers: [], body: encodeUtf8(++calls + ' ' + body.length) }
    },
  }`

/** A machine under load is given time. */
const PATIENCE = { timeout: 30_000 }

let server: Server
let neighbour: Uint8Array
let origin = ''
/** Requests that have reached the other server, by path. */
const arrived = new Map<string, number>()

beforeAll(async () => {
  const large = Buffer.alloc(MIB)
  server = createServer((request, response) => {
    const path = request.url ?? ''
    arrived.set(path, (arrived.get(path) ?? 0) + 1)
    if (path === '/large') response.end(large)
    else if (path !== '/never') response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  neighbour = await scriptAgent(NEIGHBOUR)
}, 60_000)

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

interface Scene extends AsyncDisposable {
  readonly runtime: Runtime
  readonly hoard: Agent
  readonly audit: AuditEvent[]
  /** Asks the hoard, which is to do it to `path` of the other server. */
  attack(times: number, path: string): Promise<Response[]>
  /** Asks the neighbour once, which answers from a clean state. Returns milliseconds. */
  ask(): Promise<number>
}

async function play(
  of: string,
  { sockets, ...options }: RuntimeOptions & { sockets?: GuardedFetchOptions },
  limits: object = {},
): Promise<Scene> {
  const audit: AuditEvent[] = []
  const runtime = new Runtime({
    // Nothing is given up for being slow.
    capabilities: [http(guardedFetch(sockets), { timeoutMs: 600_000 })],
    audit: { append: (event) => void audit.push(event), blocked: undefined },
    ...options,
  })
  const host = { host: '127.0.0.1', port: Number(new URL(origin).port) }
  const rule = { ...host, scheme: 'http', network: 'loopback' }
  const capabilities = { http: [rule] }
  const component = await scriptAgent(
    readFileSync(new URL(`${of}/agent.js`, import.meta.url), 'utf8'),
  )
  const bounds = { deadlineMs: 120_000, ...limits }
  const hoard = await runtime.load({
    component,
    manifest: { name: 'hoard', capabilities, limits: bounds },
  })
  const calm = await runtime.load({
    component: neighbour,
    manifest: { name: 'neighbour', capabilities, limits: { deadlineMs: 60_000 } },
  })
  return {
    runtime,
    hoard,
    audit,
    attack: (times, path) =>
      Promise.all(
        Array.from({ length: times }, () =>
          hoard.fetch(new Request('http://any/', { method: 'POST', body: origin + path })),
        ),
      ),
    async ask() {
      const started = performance.now()
      const headers = { 'x-url': `${origin}/quick` }
      const init = { method: 'POST', body: 'x'.repeat(1_000), headers }
      const response = await calm.fetch(new Request('http://any/', init))
      expect([response.status, await response.text()]).toEqual([200, '1 1000'])
      return performance.now() - started
    },
    async [Symbol.asyncDispose]() {
      hoard.kill()
      await runtime.close()
    },
  }
}

async function slowestOf(ask: () => Promise<number>): Promise<number> {
  const times: number[] = []
  for (let asks = 0; asks < ASKS; asks++) times.push(await ask())
  return times.toSorted((a, b) => a - b)[Math.floor(ASKS * 0.99)] ?? 0
}

/**
 * Makes the hoard take all it can get, and the neighbour ask before, meanwhile and after.
 *
 * @param full - waits until the hoard has all it can get, and returns the number of grants
 */
async function survive(
  scene: Scene,
  { times, path, full }: { times: number; path: string; full: () => Promise<() => number> },
): Promise<number[]> {
  const quiet = await slowestOf(scene.ask)
  const attack = scene.attack(times, path)
  const given = await full()
  const before = given()
  const busy = await slowestOf(scene.ask)
  expect(given()).toBe(before)
  if (isSoak) expect(busy).toBeLessThanOrEqual(2 * quiet)
  scene.hoard.kill()
  const statuses = (await attack).map(({ status }) => status)
  await expect
    .poll(() => scene.runtime.stats(), PATIENCE)
    .toMatchObject({
      active: 0,
      running: 0,
      queued: 0,
      slots: { waiting: 0 },
      sockets: { held: 0, waiting: 0 },
      bodies: { held: 0 },
    })
  await scene.ask()
  return statuses
}

function ends(audit: readonly AuditEvent[], agent: string): string[] {
  return audit.flatMap((event) =>
    event.kind === 'invocation' && event.agent === agent ? [event.reason ?? event.outcome] : [],
  )
}

describe('an agent that takes all it can get', () => {
  it('of connections has its ceiling, and its neighbour connects before it gets another', async () => {
    const sockets = { maxSockets: 32, maxSocketsByOrigin: 16, maxSocketsByAgent: 8 }
    await using scene = await play('socket-hoard', { sockets })
    const { hoard, audit } = scene
    const statuses = await survive(scene, {
      times: 5,
      path: '/never',
      async full() {
        await expect
          .poll(() => hoard.stats().sockets, PATIENCE)
          .toEqual({ held: 8, waiting: 5 * 16 - 8, refused: 0 })
        await expect.poll(() => arrived.get('/never'), PATIENCE).toBe(8)
        return () => arrived.get('/never') ?? 0
      },
    })
    expect(new Set(statuses)).toEqual(new Set([503]))
    expect(new Set(ends(audit, 'hoard'))).toEqual(new Set(['ERR_GUEST_KILLED']))
    expect(new Set(ends(audit, 'neighbour'))).toEqual(new Set(['completed']))
  })

  it('of places has its ceiling, and gets 503 when it asks for more', async () => {
    // An agent that waits has a place, and no slot.
    const options = { pool: { maxMemories: 32 } }
    await using scene = await play('place-hoard', options, { concurrency: 12 })
    const { hoard, audit } = scene
    const statuses = await survive(scene, {
      times: 12 + 256 + 5,
      path: '/',
      async full() {
        await expect
          .poll(() => hoard.stats(), PATIENCE)
          .toMatchObject({ running: 12, queued: 256, refused: 5, slots: 0, slotsWaiting: 0 })
        return () => hoard.stats().running
      },
    })
    expect(statuses.every((status) => status === 503)).toBe(true)
    const reasons = ends(audit, 'hoard')
    expect(reasons.filter((reason) => reason === 'limit concurrency')).toHaveLength(5)
    expect(reasons.filter((reason) => reason === 'ERR_GUEST_KILLED')).toHaveLength(12 + 256)
  })

  it('of bytes of bodies has its ceiling, and gets an error, and its neighbour has its own', async () => {
    const bodies = { maxBytes: 32 * MIB, maxBytesByAgent: 8 * MIB }
    await using scene = await play('body-hoard', { bodies })
    const { hoard, audit } = scene
    const statuses = await survive(scene, {
      times: 2,
      path: '/large',
      async full() {
        // Of 32 some are whole and held, some were refused on their way.
        await expect
          .poll(
            () => audit.filter(({ kind, agent }) => kind === 'use' && agent === 'hoard').length,
            PATIENCE,
          )
          .toBe(32)
        const { held, refused } = hoard.stats().bodies
        expect(held).toBeLessThanOrEqual(8 * MIB)
        expect(held).toBeGreaterThan(0)
        expect(refused).toBeGreaterThan(0)
        return () => hoard.stats().bodies.held
      },
    })
    expect(statuses).toEqual([503, 503])
    const uses = audit.filter((event) => event.kind === 'use' && event.agent === 'hoard')
    const limited = uses.filter(({ outcome }) => outcome === 'limited')
    expect(limited).toHaveLength(hoard.stats().bodies.refused)
    expect(limited[0]).toMatchObject({ capability: 'http', action: 'GET', rule: 'http[0]' })
  })
})
