/** Two thousand requests in a row leave nothing behind: no state, no memory. @module */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askOver } from './testing/ask-over.ts'
import { serving, writeFiles, type Serving } from './testing/mayfly-process.ts'

const REQUESTS = 2000
const CONCURRENCY = 16
// A leak of one page of 4 KiB a request would be 8 MB. Memory that V8 keeps for itself varies by less than this.
const MAX_GROWTH_BYTES = 24 << 20
// The first requests compile and warm up. Later requests must not need more memory.
const WARM_UP_REQUESTS = 1000

const SCRIPT = `
  let calls = 0
  const seen = []
  globalThis.left = 'nothing'
  export default {
    fetch(request) {
      const { pathname } = new URL(request.url)
      seen.push(pathname, new Uint8Array(50_000).fill(seen.length))
      const answer = [++calls, seen.length, globalThis.left, Object.prototype.mine ?? 'clean'].join()
      globalThis.left = pathname
      Object.prototype.mine = pathname
      Array.prototype.join = () => 'broken by ' + pathname
      return new Response(answer)
    },
  }
`
const COMPILED = `
  import { Request, Response, serve } from 'mayfly/guest/assemblyscript'
  let calls: i32 = 0
  let seen: string[] = []
  serve((request: Request): Response => {
    seen.push(request.url)
    return Response.text((++calls).toString() + ',' + seen.length.toString())
  })
`

const connections = new Agent({ keepAlive: true, maxSockets: CONCURRENCY })
let folder = ''
let host: Serving

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-many-'))
  writeFiles(folder, {
    'script/agent.json': { name: 'script', source: 'agent.ts' },
    'script/agent.ts': SCRIPT,
    'compiled/agent.json': { name: 'compiled', source: 'agent.as.ts' },
    'compiled/agent.as.ts': COMPILED,
  })
  const options = ['--port', '0', '--workers', '1', '--log-level', 'silent']
  host = await serving(['start', folder, ...options], { cwd: folder })
}, 120_000)

afterAll(async () => {
  connections.destroy()
  await host?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function ask(path: string): Promise<string> {
  const { status, text } = await askOver(connections, host.url + path)
  return `${status}: ${text}`
}

/** Each different answer, and how often it was given. */
async function answers(agent: string, count: number, abreast: number): Promise<object> {
  const counts: Record<string, number> = {}
  let asked = 0
  async function askOn(): Promise<void> {
    while (asked < count) {
      const answer = await ask(`/${agent}/${asked++}`)
      counts[answer] = (counts[answer] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: abreast }, askOn))
  return counts
}

/** The memory of the process in bytes, on systems that have it in a file. */
function residentBytes(): number {
  const [, pages = '0'] = readFileSync(`/proc/${host.pid}/statm`, 'utf8').split(' ')
  return Number(pages) * 4096
}

describe('two thousand requests', () => {
  it.each([
    ['script', '200: 1,2,nothing,clean'],
    ['compiled', '200: 1,1'],
  ])('to %s, in a row and abreast, all find the same state', async (agent, answer) => {
    expect(await answers(agent, REQUESTS, 1)).toEqual({ [answer]: REQUESTS })
    expect(await answers(agent, REQUESTS, CONCURRENCY)).toEqual({ [answer]: REQUESTS })
  })

  it.runIf(existsSync('/proc/self/statm'))('do not make the process grow', async () => {
    await answers('script', WARM_UP_REQUESTS, CONCURRENCY)
    const before = residentBytes()
    await answers('script', REQUESTS, 1)
    const grownBytes = residentBytes() - before
    console.log(
      `Grown by ${(grownBytes / 1e6).toFixed(1)} MB to ${(residentBytes() / 1e6).toFixed()} MB`,
    )
    expect(grownBytes).toBeLessThan(MAX_GROWTH_BYTES)
  })
})
