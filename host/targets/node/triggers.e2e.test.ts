/** Schedules and queues of a host, and the records of both. @module */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { buildAgent, PACKAGE_DIRECTORY } from '../../toolchain/index.ts'
import { startServer, type MayflyServer } from './index.ts'

const SHOP = `export default { fetch: async (request, { queue }) =>
  Response.json(await queue.open('orders').send(await request.text()))
}`
const MAILER = `export default {
  fetch: async (_, { kv }) => Response.json((await kv.open('done').keys()).keys),
  scheduled: async ({ cron }, { kv }) => kv.open('done').set('run', cron),
  async queue({ messages }, { kv }) {
    for (const { body } of messages) {
      if (body === 'bad') throw new Error('broken')
      await kv.open('done').set(body, '')
    }
  },
}`

const folder = mkdtempSync(join(tmpdir(), 'mayfly-triggers-'))
let server: MayflyServer

beforeAll(async () => {
  const agents = await Promise.all([
    written({ name: 'shop', capabilities: { queue: { orders: { agent: 'mailer' } } } }, SHOP),
    written(
      {
        name: 'mailer',
        schedule: [{ cron: '0 4 29 2 *' }],
        consumes: { orders: { retries: 0 } },
        capabilities: { kv: { done: { access: 'write' } } },
      },
      MAILER,
    ),
  ])
  const options = { port: 0, workers: 1, logLevel: 'silent', controlToken: 'let-me-in' } as const
  server = await startServer({ agents, dataDirectory: join(folder, 'data'), ...options })
}, 60_000)

afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true })
})

async function written(
  manifest: { readonly name: string; readonly [field: string]: unknown },
  source: string,
) {
  const directory = join(folder, manifest.name)
  mkdirSync(directory)
  writeFileSync(join(directory, 'agent.json'), JSON.stringify({ source: 'agent.js', ...manifest }))
  writeFileSync(join(directory, 'agent.js'), source)
  const cacheDirectory = join(PACKAGE_DIRECTORY, '.mayfly', 'cache')
  const built = await buildAgent({ directory, cacheDirectory })
  const component = new Uint8Array(built.component)
  return { manifest: built.manifest, component, revision: built.digest }
}

async function control<Answer>(path: string, method = 'GET'): Promise<Answer> {
  const headers = { authorization: 'Bearer let-me-in' }
  return (await fetch(`${server.url}/-/${path}`, { method, headers })).json() as Promise<Answer>
}

it('a host hands messages to agents, keeps what they give up, and runs schedules', async () => {
  for (const body of ['one', 'bad', 'two'])
    await fetch(`${server.url}/shop/`, { method: 'POST', body })
  const done = async () => (await fetch(`${server.url}/mailer/`)).json()
  const wait = { timeout: 10_000, interval: 20 }
  await vi.waitFor(async () => expect(await done()).toEqual(['one', 'two']), wait)
  await vi.waitFor(async () => {
    const { queues } = await control<{ queues: unknown[] }>('queues')
    expect(queues).toMatchObject([{ agent: 'mailer', queue: 'orders', dead: 1, waiting: 0 }])
  }, wait)
  const { messages } = await control<{ messages: unknown[] }>('agents/mailer/queues/orders')
  expect(messages).toMatchObject([{ sender: 'shop', attempts: 1, preview: 'bad' }])
  expect(await control('agents/mailer/run', 'POST')).toMatchObject({ state: 'completed' })
  expect(await done()).toEqual(['one', 'run', 'two'])
  expect(await control('schedules')).toMatchObject({
    schedules: [{ nextAt: '2028-02-29T04:00:00.000Z', last: { state: 'completed' } }],
  })
})
