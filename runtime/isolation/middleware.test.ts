/** Middleware, and the agents that it wraps, in processes of their own. */
import { describe, expect, it } from 'vitest'
import { ANSWER, END, HELLO, RESPONSE, service } from '../wasi/testing/service.ts'
import { HAND_ON, headMiddleware, middleware, REFUSE } from '../wasi/testing/streaming-service.ts'
import { isolatedStage, type IsolatedStage } from './testing/isolated-stage.ts'

const TOOLS = { next: { agent: 'inner', provides: ['wasi:http/handler'] } }

/** The status of a middleware around an agent that says hello, and what the client reads. */
async function asked(
  on: IsolatedStage,
  component: Uint8Array,
  capabilities: object = { tools: TOOLS },
): Promise<[status: number, text: string]> {
  const inner = await service(`${RESPONSE} ${ANSWER} ${HELLO} ${END}`)
  await on.runtime.load({ component: inner, manifest: { name: 'inner' } })
  const agent = await on.runtime.load({ component, manifest: { name: 'outer', capabilities } })
  const request = new Request('http://host.test/', { method: 'POST', body: 'x' })
  const response = await agent.fetch(request)
  return [response.status, await response.text()]
}

describe('an isolated middleware', () => {
  it('hands requests and answers on', async () => {
    await using on = isolatedStage()
    expect(await asked(on, await headMiddleware(HAND_ON))).toEqual([200, 'hello world'])
    await expect.poll(() => on.records.length).toBe(2)
    expect(on.records.map(({ agent, outcome }) => `${agent} ${outcome.state}`).sort()).toEqual([
      'inner completed',
      'outer completed',
    ])
  })

  it('keeps requests to itself', async () => {
    await using on = isolatedStage()
    // Its error is `HTTP-request-denied`.
    expect((await asked(on, await headMiddleware(REFUSE)))[0]).toBe(502)
    expect(on.records).toMatchObject([{ agent: 'outer', outcome: { state: 'failed' } }])
  })

  it('is not loaded without the grant, or where it takes bodies apart', async () => {
    await using on = isolatedStage()
    await expect(asked(on, await headMiddleware(HAND_ON), {})).rejects.toMatchObject({
      message: expect.stringContaining('Cannot link "wasi:http/handler'),
    })
    await using other = isolatedStage()
    await expect(asked(other, await middleware(HAND_ON))).rejects.toMatchObject({
      code: 'ERR_COMPONENT_UNSUPPORTED',
      message: expect.stringContaining('consume-body" of "wasi:http/types@0.3.0" passes a stream'),
    })
  })
})
