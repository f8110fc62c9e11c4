/** Queues and schedules of a host that runs as a process, as its operator sees them. @module */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../../../runtime/testing/peers.ts'
import { mayfly, serving, writeFiles, type Serving } from '../../testing/mayfly-process.ts'

const SHOP = `export default {
  async fetch(request, env) {
    const body = await request.json()
    return Response.json(await Promise.all(body.map((each) => env.queue.open('orders').send(each))))
  },
}
`
const MAILER = `export default {
  async fetch(request, env) { return Response.json(await env.kv.open('done').keys({ limit: 1000 })) },
  async scheduled({ cron }, env) {
    if (cron === '0 0 1 1 *') throw new Error('not in winter')
    await env.kv.open('done').set('run', cron)
  },
  async queue(batch, env) {
    for (const message of batch.messages) {
      if (String(message.body).startsWith('bad')) message.retry()
      else await env.kv.open('done').set(String(message.body), message.id)
    }
  },
}
`

let folder = ''
let host: Serving

beforeAll(async () => {
  if (!HAS_PEERS) return
  folder = mkdtempSync(join(tmpdir(), 'mayfly-queue-cli-'))
  writeFiles(folder, {
    'shop/agent.json': {
      name: 'shop',
      source: 'agent.js',
      capabilities: { queue: { orders: { agent: 'mailer' } } },
    },
    'shop/agent.js': SHOP,
    'mailer/agent.json': {
      name: 'mailer',
      source: 'agent.js',
      schedule: [{ cron: '0 4 29 2 *', timezone: 'Europe/Berlin' }, { cron: '0 0 1 1 *' }],
      consumes: { orders: { retries: 1, backoffMs: 0 } },
      capabilities: { kv: { done: { access: 'write' } } },
    },
    'mailer/agent.js': MAILER,
  })
  host = await serve()
}, 120_000)

afterAll(async () => {
  await host?.[Symbol.asyncDispose]()
  if (folder !== '') rmSync(folder, { recursive: true })
})

function serve(): Promise<Serving> {
  const options = ['--port', '0', '--workers', '2', '--data', 'data', '--log-level', 'error']
  return serving(['serve', 'shop', 'mailer', ...options], { cwd: folder })
}

function ask(...args: string[]) {
  return mayfly([...args, '--data', 'data'], { cwd: folder })
}

async function send(...messages: string[]): Promise<string[]> {
  const response = await fetch(`${host.url}/shop/`, {
    method: 'POST',
    body: JSON.stringify(messages),
  })
  return response.json() as Promise<string[]>
}

async function done(): Promise<string[]> {
  const page = (await (await fetch(`${host.url}/mailer/`)).json()) as { keys: string[] }
  return page.keys
}

describe.runIf(HAS_PEERS)(`a host as a process, ${NEEDS_PEERS}`, () => {
  it('hands messages to the agent that handles them, and keeps those that it gives up', async () => {
    const [, bad = ''] = await send('one', 'bad', 'two')
    await vi.waitFor(async () => expect(await done()).toEqual(['one', 'two']), WAIT)
    await vi.waitFor(
      () => expect(host.output()).toContain(`mayfly queue retry mailer/orders`),
      WAIT,
    )
    const listed = await ask('queue', 'ls')
    expect(listed.stdout).toMatch(
      /^QUEUE +WAITING +LEASED +DEAD +BYTES +OLDEST +HANDLED\nmailer\/orders +0 +0 +1 +3 +yes\n$/,
    )
    const peeked = await ask('queue', 'peek', 'mailer/orders', '--json')
    expect(JSON.parse(peeked.stdout).messages).toMatchObject([
      {
        id: bad,
        sender: 'shop',
        state: 'dead',
        attempts: 2,
        reason: 'the agent asked for a retry',
        preview: 'bad',
      },
    ])
    expect((await ask('queue', 'peek', 'mailer/orders')).stdout).toContain(bad)
  })

  it('keeps dead letters over SIGKILL, delivers them again, and drops them', async () => {
    await host.stop('SIGKILL')
    host = await serve()
    expect((await ask('queue', 'retry', 'mailer/orders', '--all')).stdout).toBe(
      'Delivers 1 dead letter of mailer/orders again\n',
    )
    await vi.waitFor(async () => {
      const { queues } = JSON.parse((await ask('queue', 'ls', '--json')).stdout)
      expect(queues).toMatchObject([{ dead: 1, waiting: 0, leased: 0 }])
    }, WAIT)
    expect((await ask('queue', 'drop', 'mailer/orders', '--all')).stdout).toBe(
      'Dropped 1 dead letter of mailer/orders\n',
    )
  })

  it.for<[string[], string]>([
    [['ls', 'x'], 'Cannot list queues'],
    [['peek'], 'Cannot peek: AGENT/QUEUE is needed'],
    [['retry', 'mailer/orders'], 'ids or --all is needed'],
    [['drop', 'mailer/orders', 'a', '--all'], 'ids or --all is needed'],
    [['frob'], 'no action "frob"'],
  ])('refuses %j', async ([args, message]) => {
    const { code, stderr } = await ask('queue', ...args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  it('says when schedules come, and runs them when it is asked to', async () => {
    expect((await ask('control', 'schedules')).stdout).toMatch(
      /^mailer +0 4 29 2 \* +Europe\/Berlin +2028-02-29T03:00:00.000Z/m,
    )
    expect((await ask('control', 'run', 'mailer')).stdout).toMatch(
      /^Ran mailer, "0 4 29 2 \*": completed after /,
    )
    expect(await done()).toContain('run')
    const failed = await ask('control', 'run', 'mailer', '--cron', '0 0 1 1 *')
    expect(failed.stdout).toMatch(/failed after .*not in winter/s)
    const unknown = await ask('control', 'run', 'shop')
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      'mayfly: Cannot run "shop": agent "shop" has no such schedule\n',
    ])
  })
})

const WAIT = { timeout: 20_000, interval: 50 }
