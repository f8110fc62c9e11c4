/** What the host calls an agent for beside requests: runs of a schedule, messages of a queue. @module */
import { describe, expect, it } from 'vitest'
import { WrittenAgents } from '../../host/toolchain/testing/written-agents.ts'

const RUN = 'mayfly:agent/scheduled#run'
const DELIVER = 'mayfly:agent/consumer#deliver'
const agents = new WrittenAgents()

function load(source: string, manifest: object = {}) {
  const fields = { name: 'worker', source: 'agent.ts', schedule: [{ cron: '* * * * *' }] }
  return agents.load({ ...fields, consumes: { orders: {} }, ...manifest }, { 'agent.ts': source })
}

function message(body: unknown, more: object = {}) {
  const json = new TextEncoder().encode(JSON.stringify(body))
  const contentType = 'application/json'
  return { id: 'a-1', sentAt: 1.5e12, attempt: 1, contentType, body: json, ...more }
}

describe('an agent in JavaScript', () => {
  it('takes runs and messages, each from the state of its build', async () => {
    const agent = await load(`
      let count = 0
      export default {
        fetch: () => new Response(String(++count)),
        async scheduled({ cron, scheduledTime, type }, env, context) {
          count++
          await new Promise((resolve) => setTimeout(resolve, 1))
          context.waitUntil(Promise.resolve().then(() => env.log.info(cron, scheduledTime, type, count)))
        },
        async queue(batch, { log }) {
          count++
          for (const { id, timestamp, attempts, body } of batch.messages)
            log.info(batch.queue, id, timestamp.toISOString(), attempts, JSON.stringify(body), count)
        },
      }`)
    const before = agents.lines.length
    await agent.call(RUN, [{ cron: '* * * * *', scheduledTime: 1.5e12 }])
    const bytes = { contentType: undefined, body: new Uint8Array([7]) }
    const text = { contentType: 'text/plain', body: new TextEncoder().encode('grün') }
    const verdicts = await agent.call(DELIVER, [
      'orders',
      [message({ n: 1 }), message(0, bytes), message(0, { ...text, attempt: 3 })],
    ])
    expect(verdicts).toEqual([{ tag: 'done' }, { tag: 'done' }, { tag: 'done' }])
    expect(agents.lines.slice(before).map((line) => line.message)).toEqual([
      '* * * * * 1500000000000 scheduled 1',
      'orders a-1 2017-07-14T02:40:00.000Z 1 {"n":1} 1',
      'orders a-1 2017-07-14T02:40:00.000Z 1 {"0":7} 1',
      'orders a-1 2017-07-14T02:40:00.000Z 3 "grün" 1',
    ])
    expect(await (await agent.fetch(new Request('http://a/'))).text()).toBe('1')
  })

  it('says of each message what becomes of it', async () => {
    const agent = await load(`
      export default {
        fetch: () => new Response(),
        scheduled() {},
        queue({ messages: [first, second, third, fourth], ackAll, retryAll }) {
          first.ack()
          first.retry()
          second.retry({ delaySeconds: 1.5 })
          third.retry()
          if (fourth.body === 'throw') throw new Error('broken')
          if (fourth.body === 'all') retryAll({ delaySeconds: 2 })
          if (fourth.body === 'ack') ackAll()
        },
      }`)
    const deliver = (last: string) =>
      agent.call(DELIVER, ['orders', [message(1), message(2), message(3), message(last)]])
    const own = [{ tag: 'done' }, { tag: 'retry-after', val: 1500 }, { tag: 'retry' }]
    expect(await deliver('')).toEqual([...own, { tag: 'done' }])
    expect(await deliver('ack')).toEqual([...own, { tag: 'done' }])
    expect(await deliver('all')).toEqual([...own, { tag: 'retry-after', val: 2000 }])
    const before = agents.lines.length
    expect(await deliver('throw')).toEqual([...own, { tag: 'retry' }])
    expect(agents.lines[before]?.message).toContain('broken')
  })

  it('fails a run that throws, and a batch whose messages cannot be read', async () => {
    const agent = await load(`
      export default {
        fetch: () => new Response(),
        async scheduled() { throw new Error('no time') },
        queue: ({ messages }) => void messages[0].body,
      }`)
    const run = agent.call(RUN, [{ cron: '* * * * *', scheduledTime: 0 }])
    await expect(run).rejects.toMatchObject({ payload: expect.stringContaining('no time') })
    const broken = { body: new Uint8Array([0x7b]) }
    expect(await agent.call(DELIVER, ['orders', [message(0, broken)]])).toEqual([{ tag: 'retry' }])
  })

  it('takes 100 messages of 10 kB, and answers when nothing is left to wait for', async () => {
    const agent = await load(`
      export default {
        fetch: () => new Response(),
        scheduled: () => new Promise(() => {}),
        queue: ({ messages }) => { if (messages.some(({ body }) => body.length !== 10000)) throw 1 },
      }`)
    const many = Array.from({ length: 100 }, () => message('x'.repeat(10_000)))
    const verdicts = await agent.call(DELIVER, ['orders', many])
    expect(verdicts).toEqual(many.map(() => ({ tag: 'done' })))
    const run = agent.call(RUN, [{ cron: '* * * * *', scheduledTime: 0 }])
    await expect(run).rejects.toMatchObject({ payload: expect.stringContaining('never settles') })
  })

  it.each([
    ['schedule', 'scheduled', { consumes: {} }, 'queue() {}'],
    ['consumes', 'queue', { schedule: [] }, 'scheduled() {}'],
  ])('with "%s" needs the method "%s"', async (field, method, manifest, other) => {
    const source = `export default { fetch: () => new Response(), ${other} }`
    await expect(load(source, manifest)).rejects.toThrow(
      `agent.json has "${field}", and its default export has no method "${method}"`,
    )
  })

  it('without them has an export that refuses', async () => {
    const source = 'export default { fetch: () => new Response(), scheduled() {} }'
    const agent = await load(source, { schedule: [], consumes: {} })
    const run = agent.call(RUN, [{ cron: '* * * * *', scheduledTime: 0 }])
    await expect(run).rejects.toMatchObject({
      payload: 'Cannot take the event: the agent has no method for it',
    })
    expect(await (await agent.fetch(new Request('http://a/'))).status).toBe(200)
  })

  it('sends messages', async () => {
    const agent = await load(
      `export default { async fetch(request, { queue }) {
        const orders = queue.open('orders')
        const ids = [
          await orders.send({ n: 1 }, { key: 'k' }), await orders.send('text', { key: 'k' }),
          await orders.send(new Uint8Array(2), { delayMs: 10 }),
        ]
        const errors = []
        for (const [name, options] of [['other', {}], ['orders', { delayMs: -1 }]])
          await queue.open(name).send('', options).catch(({ capability, code, message }) =>
            errors.push([capability, code, message]))
        return Response.json([ids[0] === ids[1], ids[2].length, ...errors])
      } }`,
      { schedule: [], consumes: {}, capabilities: { queue: { orders: {} } } },
    )
    expect(await (await agent.fetch(new Request('http://a/'))).json()).toEqual([
      true,
      36,
      ['queue', 'denied', expect.stringContaining('send to queue "other"')],
      ['queue', 'malformed', expect.stringContaining('delay')],
    ])
  })
})
