/**
 * Ten agents, requested at random at four fifths of the host's capacity: no answer has a byte of another request, none
 * fails, and the process does not grow.
 *
 * @module
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { random } from '../../runtime/stamp/testing/random.ts'
import { serving, writeFiles, type Serving } from './testing/mayfly-process.ts'
import { pacedLoad, type Answer, type Asked } from './testing/paced-load.ts'

const SOAK = process.env['MAYFLY_SOAK'] !== undefined
const REQUESTS = SOAK ? 1_000_000 : 3_000
const WARM_UP_REQUESTS = SOAK ? 50_000 : 2_000
const LOAD = 0.8
const CONNECTIONS = 48
// Of the client, so that a burst is not refused for want of a connection.
const OPEN_CONNECTIONS = 256
const TIMEOUT_MS = SOAK ? 1_800_000 : 120_000
// Memory that V8 keeps for itself varies by this factor.
const MAX_GROWTH = 1.1
const GROWTH_BYTES = 32 << 20

/** Keeps its request in every place where JavaScript can keep something, and answers with the content of all. */
const script = (index: number): string => `
  let kept
  const seen = []
  export default {
    async fetch(request) {
      const found = [kept, globalThis.kept, Object.prototype.kept, Array.prototype.kept, seen.length]
      const body = await request.text()
      kept = globalThis.kept = Object.prototype.kept = Array.prototype.kept = body
      seen.push(body, new Uint8Array(${1000 * (index + 1)}).fill(body.length))
      return new Response(found.map(String).join() + ' ' + body)
    },
  }
`
const CLEAN_SCRIPT = 'undefined,undefined,undefined,undefined,0'
const COMPILED = `
  import { Request, Response, serve } from 'mayfly/guest/assemblyscript'
  let kept = ''
  let calls: i32 = 0
  serve((request: Request): Response => {
    const found = kept + ',' + calls.toString()
    kept = request.text()
    calls++
    return Response.text(found + ' ' + kept)
  })
`
const CLEAN_COMPILED = ',0'
const AGENTS = Array.from({ length: 10 }, (_, index) => ({
  name: `agent-${index}`,
  compiled: index % 5 === 4,
}))

let folder = ''
let host: Serving

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-busy-'))
  for (const [index, { name, compiled }] of AGENTS.entries()) {
    const source = compiled ? 'agent.as.ts' : 'agent.ts'
    writeFiles(join(folder, name), {
      'agent.json': { name, source },
      [source]: compiled ? COMPILED : script(index),
    })
  }
  host = await serving(['start', folder, '--port', '0', '--log-level', 'silent'], { cwd: folder })
}, 120_000)

afterAll(async () => {
  await host?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const { below, pick } = random(20_261)

function ask(index: number): Asked {
  const body = `${index.toString(36)}-${'x'.repeat(below(200))}`
  return { path: `/${pick(AGENTS).name}/`, body }
}

/** Returns the fault of an answer, if it has one. */
function wrong({ asked, status, text }: Answer): string | undefined {
  const compiled = AGENTS.some((agent) => agent.compiled && asked.path === `/${agent.name}/`)
  const expected = `${compiled ? CLEAN_COMPILED : CLEAN_SCRIPT} ${asked.body}`
  if (status === 200 && text === expected) return undefined
  return `${asked.path} ${asked.body}: ${status} ${text}`
}

/** The memory of the process in bytes, on systems that have it in a file. */
function residentBytes(): number {
  const [, pages = '0'] = readFileSync(`/proc/${host.pid}/statm`, 'utf8').split(' ')
  return Number(pages) * 4096
}

it.runIf(existsSync('/proc/self/statm'))(
  'a busy host gives each request its own bytes only, and does not grow',
  async () => {
    const faults: string[] = []
    const onAnswer = (answer: Answer): void => {
      const fault = wrong(answer)
      if (fault !== undefined) faults.push(fault)
    }
    const common = { url: host.url, ask, onAnswer }
    const full = { ...common, rate: Infinity, connections: CONNECTIONS }
    await pacedLoad({ ...full, count: WARM_UP_REQUESTS })
    const capacity = await pacedLoad({ ...full, count: WARM_UP_REQUESTS })
    const rate = LOAD * capacity
    const paced = { ...common, rate, connections: OPEN_CONNECTIONS }
    await pacedLoad({ ...paced, count: WARM_UP_REQUESTS })
    const before = residentBytes()
    const answered = await pacedLoad({ ...paced, count: REQUESTS })
    const after = residentBytes()
    console.log(
      `soak: ${REQUESTS} requests at ${answered.toFixed()} of ${capacity.toFixed()} a second, ` +
        `${faults.length} wrong, resident ${mib(before)} to ${mib(after)} MiB`,
    )
    expect(faults).toEqual([])
    expect(after).toBeLessThan(before * MAX_GROWTH + GROWTH_BYTES)
  },
  TIMEOUT_MS,
)

function mib(bytes: number): string {
  return (bytes / 1_048_576).toFixed()
}
