/**
 * Agents in JavaScript that loop, while others still get answers and working tools.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { Runtime } from '../presets/index.ts'
import type { Agent } from './index.ts'

const ROOT = mkdtempSync(join(tmpdir(), 'mayfly-turns-'))
const NEVER_MS = 600_000
const COUNT = 3_000_000

const SOURCES = {
  hello: "export default { fetch: () => new Response('hello') }",
  loops: 'export default { fetch() { for (;;); } }',
  sums: `export default {
    async fetch(request) {
      const { below } = await request.json()
      let sum = 0
      for (let i = 0; i < below; i++) sum += i
      return Response.json(sum)
    },
  }`,
  asks: `export default {
    async fetch(request, env) {
      const both = await Promise.all([
        env.tools.call('sums', { below: ${COUNT} }),
        env.tools.call('sums', { below: 10 }),
      ])
      return Response.json(both)
    },
  }`,
}

const agents = new Map<string, Agent>()
let runtime: Runtime

beforeAll(async () => {
  runtime = new Runtime()
  for (const [name, text] of Object.entries(SOURCES)) {
    const directory = join(ROOT, name)
    mkdirSync(directory)
    writeFileSync(join(directory, 'agent.js'), text)
    const manifest = {
      name,
      source: 'agent.js',
      capabilities: name === 'asks' ? { tools: { sums: {} } } : {},
      limits: { deadlineMs: NEVER_MS },
    }
    writeFileSync(join(directory, 'agent.json'), JSON.stringify(manifest))
    agents.set(name, await runtime.load(await buildAgent({ directory })))
  }
}, 240_000)

afterAll(async () => {
  for (const agent of agents.values()) agent.kill()
  await runtime.close()
  rmSync(ROOT, { recursive: true })
})

function agentOf(name: string): Agent {
  const agent = agents.get(name)
  if (agent === undefined) throw new Error(`no agent ${name}`)
  return agent
}

function ask(name: string): Promise<Response> {
  return agentOf(name).fetch(new Request('http://agent/'))
}

test('a third agent is answered, and a tool computes, while two guests loop', async () => {
  const looping = ['loops', 'loops'].map(ask)
  let ended = 0
  for (const each of looping) void each.then(() => ended++)
  while (runtime.turns.guests < 2) expect(await (await ask('hello')).text()).toBe('hello')
  for (let count = 0; count < 20; count++) expect(await (await ask('hello')).text()).toBe('hello')

  const before = agentOf('sums').stats().pauses
  const answer = await ask('asks')
  expect(await answer.json()).toEqual([(COUNT * (COUNT - 1)) / 2, 45])
  expect(agentOf('sums').stats().pauses).toBeGreaterThan(before)

  expect(ended).toBe(0)
  agentOf('loops').kill()
  expect((await Promise.all(looping)).map(({ status }) => status)).toEqual([503, 503])
  expect(runtime.turns).toMatchObject({ guests: 0, paused: 0 })
  expect(await (await ask('hello')).text()).toBe('hello')
}, 120_000)
