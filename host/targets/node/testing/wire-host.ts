/**
 * A host with an agent of ours and components that serve `wasi:http`, for tests that send bytes as they are.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { manifestFromObject } from '../../../../runtime/manifest/index.ts'
import {
  ANSWER,
  END,
  HELLO,
  INPUT,
  PASS_ON_WITH_TRAILERS,
  RESPONSE,
  service,
  textAt,
} from '../../../../runtime/wasi/testing/service.ts'
import { writeFiles } from '../../../cli/testing/mayfly-process.ts'
import { buildAgent } from '../../../toolchain/index.ts'
import { startServer, type AgentBundle, type MayflyServer } from '../index.ts'
import { bodyOf, message, Wire } from './wire.ts'

const SOURCE = `
  export default {
    async fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname === '/echo') return new Response(await request.arrayBuffer())
      const status = /^\\/status\\/(\\d+)$/.exec(pathname)?.[1]
      if (status !== undefined) return new Response(null, { status: Number(status) })
      if (pathname === '/untyped') return new Response(new Uint8Array([1, 2]), { headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2']] })
      if (pathname === '/slow') await new Promise((resolve) => setTimeout(resolve, 100))
      return Response.json({ method: request.method, url: request.url, x: request.headers.get('x-given') })
    },
  }
`

const MANY = 2 ** 30
// Of agents whose clients are too slow for them.
export const HASTY_MS = 400
export const MEGABYTE = 1_048_576

const ECHO = `${RESPONSE} ${INPUT} ${ANSWER}
  (loop $more
    (call $splice (local.get $s) (local.get $i) (i64.const 65536) (i32.const 16))
    (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))
  ${END}`

// Ends its answer with the trailers of the request.
const ECHO_TRAILERS = `${RESPONSE} ${INPUT} ${ANSWER} ${PASS_ON_WITH_TRAILERS}`

const FOREVER = `${RESPONSE} ${ANSWER}
  (loop $more
    (call $write (local.get $s) (i32.const 1024) (i32.const 4096) (i32.const 16))
    (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))`

const TRAILERS = `${RESPONSE} ${ANSWER} ${HELLO} (call $wait (i64.const 5))
  (local.set $i (call $fields))
  (call $append (local.get $i) (i32.const 1041) (i32.const 7) (i32.const 1050) (i32.const 4) (i32.const 16))
  (call $drop-stream (local.get $s))
  (call $finish (local.get $b) (i32.const 1) (local.get $i) (i32.const 32))`

// The same with headers that say so.
const ANNOUNCED = TRAILERS.replace(
  '(call $response (call $fields))',
  `(block (result i32)
    (local.set $i (call $fields))
    ${textAt(2048, 'trailer')}
    (call $append (local.get $i) (i32.const 2048) (i32.const 7) (i32.const 1041) (i32.const 7) (i32.const 16))
    (call $response (local.get $i)))`,
)

/** Answers `hello world` with one field more. */
function withField(name: string, value: string, end: string = END): string {
  return `(local.set $i (call $fields))
    ${textAt(2048, name)} ${textAt(2112, value)}
    (call $append (local.get $i) (i32.const 2048) (i32.const ${name.length}) (i32.const 2112) (i32.const ${value.length}) (i32.const 16))
    (local.set $r (call $response (local.get $i)))
    (local.set $b (call $body-of (local.get $r)))
    (local.set $s (call $stream-of (local.get $b)))
    ${ANSWER} ${HELLO} ${end}`
}

function withStatus(status: number): string {
  return `${RESPONSE} (drop (call $status (local.get $r) (i32.const ${status}))) ${ANSWER} ${HELLO} ${END}`
}

// What a component may set and no client may get as its answer.
export const NOT_FINAL = [100, 101, 103, 199, 600, 999] as const

// Waits for the rest of the body before it answers.
const ANSWER_WHOLE = `${INPUT}
  (loop $more
    (call $read (local.get $i) (i64.const 65536) (i32.const 16))
    (br_if $more (i32.eqz (i32.load8_u (i32.const 16)))))
  ${RESPONSE} ${ANSWER} ${HELLO} ${END}`

const SERVICES: Readonly<Record<string, string>> = {
  wasi: ECHO,
  early: `${RESPONSE} ${ANSWER} ${HELLO} ${END}`,
  forever: FOREVER,
  trailers: TRAILERS,
  announced: ANNOUNCED,
  'echo-trailers': ECHO_TRAILERS,
  'at-once': TRAILERS.replace('(call $wait (i64.const 5))', ''),
  'of-11': withField('content-length', '11'),
  'of-12': withField('content-length', '12'),
  'of-odd': withField('content-length', '0x0b'),
  typed: withField('content-type', 'application/x-thing'),
  unfinished: withField('x-a', 'b', ''),
  empty: withStatus(204),
  same: withStatus(304),
  ...Object.fromEntries(NOT_FINAL.map((status) => [`status-${status}`, withStatus(status)])),
}

export interface WireHost {
  readonly url: string
  /** Sends a whole request and returns all that comes until the server closes. */
  exchange(text: string): Promise<string>
  /** What the agent saw, from an answer that came whole. */
  seen(target: string, method?: string): Promise<unknown>
  /** Waits until no invocation is under way. */
  expectIdle(): Promise<void>
  /** How many invocations are under way. */
  active(): Promise<number>
}

/** Serves for the tests of a file: starts before the first, ends after the last. */
export function wireHost(): WireHost {
  let directory = ''
  let server: MayflyServer

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mayfly-http-'))
    server = await start(directory)
    expect(server.refused).toEqual([])
  }, 120_000)

  afterAll(async () => {
    await server?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const host: WireHost = {
    get url() {
      return server.url
    },
    async exchange(text) {
      using wire = new Wire(server.url)
      wire.send(text)
      // Awaited here: the wire is cut where this returns.
      return await wire.closed()
    },
    async seen(target, method = 'GET') {
      const headers = ['Connection: close', 'x-given: y']
      return JSON.parse(bodyOf(await host.exchange(message(method, target, headers))))
    },
    async active() {
      const response = await fetch(`${server.url}/-/agents`)
      const { agents } = (await response.json()) as { agents: { active: number }[] }
      return agents.reduce((sum, each) => sum + each.active, 0)
    },
    async expectIdle() {
      const options = { timeout: 5000, interval: 20 }
      await vi.waitFor(async () => expect(await host.active()).toBe(0), options)
    },
  }
  return host
}

async function start(directory: string): Promise<MayflyServer> {
  const [ours, ...services] = await Promise.all([
    agent(directory),
    ...Object.keys(SERVICES).map((name) => wasiService(name)),
    wasiService('whole', HASTY_MS),
  ])
  const { manifest } = ours
  const limits = { ...manifest.limits, deadlineMs: HASTY_MS }
  const hasty = { ...ours, manifest: { ...manifest, name: 'hasty', route: '/hasty/*', limits } }
  const agents = [ours, { ...hasty, revision: 'hasty' }, ...services]
  const allowedHosts = ['*']
  return startServer({ agents, port: 0, allowedHosts, workers: 1, logLevel: 'silent' })
}

async function agent(directory: string): Promise<AgentBundle> {
  const limits = { requestBodyBytes: 4 * MEGABYTE, responseBodyBytes: 4 * MEGABYTE }
  writeFiles(directory, {
    'agent.json': { name: 'ours', source: 'agent.ts', limits },
    'agent.ts': SOURCE,
  })
  const built = await buildAgent({ directory, cacheDirectory: join(directory, 'cache') })
  return { manifest: built.manifest, component: new Uint8Array(built.component), revision: '1' }
}

async function wasiService(name: string, deadlineMs = 60_000): Promise<AgentBundle> {
  const limits = { requestBodyBytes: MANY, responseBodyBytes: MANY, deadlineMs }
  const component = new Uint8Array(await service(SERVICES[name] ?? ANSWER_WHOLE))
  return { manifest: manifestFromObject({ name, limits }), component, revision: name }
}

/** A request that is answered by closing. */
export function get(target: string, ...headers: readonly string[]): string {
  return message('GET', target, ['Connection: close', ...headers])
}
