/** Agents in AssemblyScript that wait without a stack. @module */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { buildAgent, type BuiltAgent } from '../index.ts'
import { decodeComponent } from '../../../runtime/binary/index.ts'
import { makePlan } from '../../../runtime/link/index.ts'
import type { InvocationRecord } from '../../../runtime/agents/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { ANSWERS, askAll, LateDrivers, WAITING_AGENT, type Agent } from './testing/ask-waiting.ts'

const drivers = new LateDrivers()
const records: InvocationRecord[] = []
const runtime = new Runtime({
  ...drivers.options,
  onInvocation: (record) => void records.push(record),
})
let built: BuiltAgent
let agent: Agent

beforeAll(async () => {
  built = await buildAgent({ directory: WAITING_AGENT })
  agent = await runtime.load(built)
})
afterAll(() => runtime.close())

async function text(path: string): Promise<string> {
  return (await agent.fetch(new Request(`http://agent${path}`))).text()
}

it('waits for calls, one after the other and many at once', async () => {
  expect(await askAll(agent)).toEqual(ANSWERS)
})

it('ends the calls that it gives up', () => {
  expect(drivers.ended).toEqual(['https://pages.example/never'])
})

it('answers each of many requests that wait at once, from a clean state', async () => {
  const counts = Array.from({ length: 200 }, (_, index) => String((index % 40) + 1))
  expect(await Promise.all(counts.map((count) => text(`/many/${count}`)))).toEqual(counts)
})

it('fails when it has no answer and waits for nothing', async () => {
  const response = await agent.fetch(new Request('http://agent/idle'))
  expect(response.status).toBe(500)
  expect(records.at(-1)?.outcome).toMatchObject({
    state: 'failed',
    error: { message: expect.stringContaining('The task has no answer, and waits for nothing') },
  })
})

/** Asks for `path`, and leaves when the agent waits for a page that never comes. */
async function leave(path: string): Promise<void> {
  drivers.ended.length = drivers.lines.length = records.length = 0
  drivers.forget('/never')
  const client = new AbortController()
  const answer = agent.fetch(new Request(`http://agent${path}`), { signal: client.signal })
  await drivers.arrived('/never')
  client.abort()
  await answer
  await vi.waitUntil(() => records.length > 0, { interval: 2, timeout: 5000 })
}

it('gives its slot back while it waits', async () => {
  const { moves } = agent.stats().waiting
  const client = new AbortController()
  const answers = Array.from({ length: 20 }, () =>
    agent.fetch(new Request('http://agent/never'), { signal: client.signal }),
  )
  await vi.waitUntil(() => agent.stats().waiting.moves >= moves + 20, { timeout: 5000 })
  expect(agent.stats().waiting).toMatchObject({ guests: 20, kept: {} })
  client.abort()
  await Promise.all(answers)
})

it('ends its calls when its client has left', async () => {
  await leave('/never')
  expect(drivers.ended).toHaveLength(1)
  expect([records.map(({ outcome }) => outcome.state), agent.stats().active]).toEqual([
    ['abandoned'],
    0,
  ])
})

it('may go on for a moment when its client has left', async () => {
  await leave('/left')
  expect(drivers.lines).toEqual(['the caller has left', 'noted'])
  expect(drivers.ended).toHaveLength(1)
  expect([records.map(({ outcome }) => outcome.state), agent.stats().active]).toEqual([
    ['abandoned'],
    0,
  ])
})

it('waits the same where no stack can be suspended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-waiting-'))
  try {
    const component = join(folder, 'agent.wasm')
    writeFileSync(component, built.component)
    const without = 'delete WebAssembly.Suspending; delete WebAssembly.promising'
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--import',
      `data:text/javascript,${without}`,
      join(import.meta.dirname, 'testing/ask-waiting.ts'),
      component,
    ])
    expect(JSON.parse(stdout)).toEqual({ hasStacks: false, answers: ANSWERS })
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 30_000)

it('lifts `handle` with a callback, and imports nothing that waits inside', () => {
  const { lifts, trampolines } = makePlan(decodeComponent(built.component), built.component)
  expect(lifts.map(({ options }) => [options.async, options.callback !== undefined])).toEqual([
    [true, true],
  ])
  const waits = trampolines.filter(
    (each) =>
      each.kind === 'waitable-set.wait' ||
      (each.kind === 'lower' && each.type.async && !each.options.async),
  )
  expect(waits).toEqual([])
})
