/** Which builders are kept for the next build, as the system lists them. @module */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../../runtime/testing/peers.ts'
import { buildApart } from './index.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-builders-'))
const SOURCES = {
  assemblyscript: (text: string) => `import { Response, serve } from 'mayfly/guest/assemblyscript'
serve((): Response => Response.text('${text}'))
`,
  'componentize-qjs': (text: string) => `export default { fetch: () => new Response('${text}') }`,
} as const
let count = 0

afterAll(() => rmSync(ROOT, { recursive: true }))

/** Builds an agent that was not built before. */
async function build(engine: keyof typeof SOURCES, signal?: AbortSignal): Promise<void> {
  const root = join(ROOT, `agent-${++count}`)
  const source = join(root, engine === 'assemblyscript' ? 'agent.as.ts' : 'agent.ts')
  mkdirSync(root)
  writeFileSync(source, SOURCES[engine](`answer ${count}`))
  const cacheDirectory = join(ROOT, 'cache')
  const settings = {}
  const job = {
    agent: 'a',
    source,
    engine,
    settings,
    events: [],
    root,
    cacheDirectory,
    identity: source,
  }
  expect((await buildApart({ ...job, timeoutMs: undefined }, { signal })).cached).toBe(false)
}

/** Returns the child processes that build. */
function builders(): number[] {
  const tasks = '/proc/self/task'
  return readdirSync(tasks)
    .flatMap((task) => readFileSync(join(tasks, task, 'children'), 'utf8').split(' '))
    .map(Number)
    .filter((pid) => pid > 0 && commandOf(pid).includes('builder'))
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return '' // It has ended
  }
}

describe.runIf(existsSync('/proc/self/task'))('buildApart()', { timeout: 120_000 }, () => {
  it('keeps the process of AssemblyScript for the next build', async () => {
    await build('assemblyscript')
    const kept = builders()
    expect(kept).toHaveLength(1)
    await build('assemblyscript')
    expect(builders()).toEqual(kept)
  })

  it('ends it with a build that is given up, and starts another', async () => {
    const [kept = 0] = builders()
    // It cannot come to an end now.
    process.kill(kept, 'SIGSTOP')
    const ending = new AbortController()
    const given = expect(build('assemblyscript', ending.signal)).rejects.toThrow('enough')
    await turn()
    ending.abort(new Error('enough'))
    await given
    await vi.waitUntil(() => !builders().includes(kept), { timeout: 60_000 })
    await build('assemblyscript')
    expect(builders()).toHaveLength(1)
  })

  it.runIf(HAS_PEERS)(`keeps none that ran code of an agent (${NEEDS_PEERS})`, async () => {
    const before = builders()
    await build('componentize-qjs')
    await vi.waitUntil(() => builders().every((pid) => before.includes(pid)), { timeout: 60_000 })
  })
})
