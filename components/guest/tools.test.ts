import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { memoryKv } from '../../runtime/capabilities/kv/index.ts'
import { Runtime, type InvocationRecord } from '../../runtime/presets/index.ts'
import { withPeers } from '../../runtime/testing/peers.ts'
import { sharedCode } from '../../runtime/testing/shared-code.ts'

type Agent = Awaited<ReturnType<Runtime['load']>>

const SECRET = 'not for the caller'

describe.each(['quickjs', ...withPeers('componentize-qjs' as const)] as const)(
  'on %s',
  (engine) => {
    const lines: string[] = []
    const sent: string[] = []
    const records: InvocationRecord[] = []
    const stored = memoryKv()
    let runtime: Runtime
    let agent: Agent
    beforeAll(async () => {
      runtime = new Runtime({
        codeStore: sharedCode,
        drivers: {
          kv: stored,
          http: {
            name: 'fake',
            async fetch(request) {
              sent.push(await request.text())
              return new Response('from upstream', { headers: { 'x-from': 'there' } })
            },
          },
          log: { write: ({ message }) => void lines.push(message) },
        },
        onInvocation: (record) => void records.push(record),
      })
      const directory = fileURLToPath(new URL('fixture/tools', import.meta.url))
      agent = await runtime.load(await buildAgent({ directory, engine }))
    })
    afterAll(() => runtime.close())

    const step = async (name: string): Promise<unknown> =>
      (await agent.fetch(new Request(`http://agent/${name}`))).json()

    it('calls tools', async () => {
      expect(await step('call')).toEqual({ input: { a: ['ä', null] }, given: [] })
      expect(await step('refused')).toBe('denied')
      expect(await step('notJson')).toBe('TypeError: Cannot call a tool: its input is not JSON')
    })

    it('gets whole what a tool streams, in the bounds of what it may answer', async () => {
      expect(await step('streamed')).toEqual([777, 5])
      expect(await step('tooLong')).toBe('failed')
    })

    it('calls several at once, beside timers', async () => {
      const answer = step('together')
      // The caller and three tools: the agent is its own tool.
      await vi.waitUntil(() => agent.stats().active === 4, { interval: 5, timeout: 10_000 })
      expect(await answer).toEqual([700, 500, 300, 'timer'])
    })

    it('stops those it aborts and those it does not wait for', async () => {
      expect(await step('aborted')).toEqual(['Error: enough', 20, 'Error: enough'])
      expect(await step('abandoned')).toBe('answered')
      await vi.waitUntil(() => agent.stats().active === 0)
      expect(records.filter(({ outcome }) => outcome.state === 'abandoned')).toHaveLength(2)
    })

    it('hands blobs on', async () => {
      expect(await step('blobs')).toEqual([
        6,
        { input: 1, given: ['žluť', 'žluť'] },
        { 0: 197, 1: 190 },
        0,
      ])
    })

    it('passes on what it fetched without having it', async () => {
      expect(await step('upstream')).toEqual([200, true, 'there', 'from upstream', 'denied'])
      expect(await step('proxied')).toEqual([13, 'from upstream'])
      const response = await agent.fetch(new Request('http://agent/proxy'))
      expect([response.status, response.headers.get('x-from'), await response.text()]).toEqual([
        ...[201, 'there', 'from upstream'],
      ])
    })

    it('sees nothing of what is opaque, whatever it tries', async () => {
      sent.length = 0
      expect(await step('sealed')).toEqual({
        ends: {
          ...{ call: 'denied', size: 'denied', bytes: 'denied', part: 'denied' },
          ...{ text: 'denied', json: 'denied', slow: 'denied', answer: 'denied' },
          kv: expect.stringContaining('Cannot write a blob as JSON'),
          input: expect.stringContaining('Cannot write a blob as JSON'),
          response: expect.stringContaining('Cannot use a blob as text'),
          fetch: expect.stringContaining('Cannot use a blob as text'),
          clone: expect.stringContaining('Error'),
          made: expect.stringContaining('Cannot hand over a blob'),
        },
        handedOn: { input: 1, given: [JSON.stringify(SECRET)] },
      })
      expect(sent).toEqual([])
      expect(lines.join('\n')).not.toContain(SECRET)
      expect(JSON.stringify(records)).not.toContain(SECRET)
    })
  },
)

it('can give a blob back', async () => {
  const runtime = new Runtime({ codeStore: sharedCode })
  const directory = fileURLToPath(new URL('fixture/tools', import.meta.url))
  const agent = await runtime.load(await buildAgent({ directory }))
  const response = await agent.fetch(new Request('http://agent/closed'))
  expect(await response.json()).toContain('it was dropped')
  await runtime.close()
})

describe('on assemblyscript', () => {
  const runtime = new Runtime({ codeStore: sharedCode })
  let tool: Agent
  let caller: Agent
  beforeAll(async () => {
    const load = async (name: string): Promise<Agent> => {
      const directory = fileURLToPath(new URL(name, import.meta.url))
      return runtime.load(await buildAgent({ directory }))
    }
    tool = await load('fixture/tools')
    caller = await load('fixture/tools-as')
  })
  afterAll(() => runtime.close())

  const step = async (name: string): Promise<string> =>
    (await caller.fetch(new Request(`http://agent/${name}`))).text()

  it('calls several tools at once, and gets the reason why one gives nothing', async () => {
    const answer = step('together')
    await vi.waitUntil(() => tool.stats().active === 2, { interval: 5, timeout: 10_000 })
    expect(await answer).toBe('900 800 nothing unknown')
    expect(await step('refused')).toBe('nothing denied')
  })

  it('hands on blobs, and reads those that it may', async () => {
    const given = JSON.stringify({ input: 1, given: ['made', JSON.stringify(SECRET)] })
    expect(await step('blobs')).toBe(`${given} ad 4 nothing -1`)
  })
})
