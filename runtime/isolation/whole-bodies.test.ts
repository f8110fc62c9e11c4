/** Bodies that are streams for other agents, of an agent in the process of its group: streams do not cross. @module */
import { expect, it } from 'vitest'
import { ECHO, RELAY, streamingAgent, UPLOAD } from '../serve/testing/streaming-agent.ts'
import { isolatedStage, type IsolatedStage } from './testing/isolated-stage.ts'

const http = [{ host: 'up.test', scheme: 'http', methods: ['GET', 'POST'] }]

async function load(stage: IsolatedStage, code: string, limits: object = {}) {
  const component = await streamingAgent(code, ['request-body', 'response-body', 'http'])
  const manifest = { name: 'streaming', capabilities: { http }, limits }
  return stage.runtime.load({ component, manifest })
}

/** A body that is not there at once. */
function slowly(...parts: readonly string[]): ReadableStream<Uint8Array> {
  const left = [...parts]
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      const part = left.shift()
      if (part === undefined) controller.close()
      else controller.enqueue(new TextEncoder().encode(part))
    },
  })
}

function post(body: BodyInit | null): Request {
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
  return new Request('http://agent/', init)
}

it('is called when the whole request is there', async () => {
  await using stage = isolatedStage()
  const agent = await load(stage, ECHO)
  expect(await (await agent.fetch(post(slowly('one', 'two')))).text()).toBe('onetwo')
})

it('gets the whole response', async () => {
  const fetch = async () => new Response(slowly('one', 'two'))
  await using stage = isolatedStage({}, {}, { drivers: { http: { name: 'test', fetch } } })
  const agent = await load(stage, RELAY)
  expect(await (await agent.fetch(post(null))).text()).toBe('onetwo')
  expect(stage.records[0]?.events).toMatchObject([{ outcome: 'allowed', bytesIn: 6 }])
})

it('has no body to take, and so none to send on', async () => {
  const fetch = async (request: Request) => new Response(`sent ${await request.text()}`)
  await using stage = isolatedStage({}, {}, { drivers: { http: { name: 'test', fetch } } })
  const agent = await load(stage, UPLOAD)
  expect(await (await agent.fetch(post(slowly('one')))).text()).toBe('sent ')
})

it('streams its answer for as long as limits.connectionMs allows', async () => {
  const events = slowly(...Array.from({ length: 30 }, () => 'x'))
  const fetch = async () => new Response(events)
  await using stage = isolatedStage({}, {}, { drivers: { http: { name: 'test', fetch } } })
  const agent = await load(stage, RELAY, { deadlineMs: 5_000, connectionMs: 60_000 })
  expect(await (await agent.fetch(post(null))).text()).toHaveLength(30)
})
