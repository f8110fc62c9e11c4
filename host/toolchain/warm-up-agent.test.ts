import { expect, it } from 'vitest'
import { Runtime } from '../../runtime/presets/index.ts'
import { warmUpAgent } from './warm-up-agent.ts'

it('warmUpAgent() makes an agent that needs no grant and answers', async () => {
  const runtime = new Runtime()
  const component = await warmUpAgent()
  const agent = await runtime.load({ component, manifest: { name: 'warm-up' } })
  const body = JSON.stringify({ customer: 'Ada', items: [{ price: 3, count: 4 }, { price: 10 }] })
  const posted = await agent.fetch(new Request('http://any/', { method: 'POST', body }))
  expect(await posted.json()).toEqual({ customer: 'Ada', name: 'Ada', total: 22 })
  const got = await agent.fetch(new Request('http://any/orders?page=1'))
  expect(await got.text()).toBe('/orders page=1 null')
  await runtime.close()
}, 60_000)
