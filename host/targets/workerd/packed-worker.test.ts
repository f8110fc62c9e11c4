/** A Worker of packed agents, asked as the platform asks it. @module */
import { afterAll, describe, expect, it, vi } from 'vitest'
import { packed, readBack } from '../../../runtime/packed/testing/packed.ts'
import { scriptAgent } from '../../toolchain/testing/script-agent.ts'
import { packedWorker, type PackedWorkerOptions } from './index.ts'

const SOURCE = `
import { serve } from 'mayfly/guest/serve'
let calls = 0
export const handler = serve({
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url)
    if (pathname === '/region') return new Response(env.config.REGION)
    if (pathname === '/up') return new Response(String((await fetch('https://up.example/a')).status))
    if (pathname === '/down') return new Response(String((await fetch('https://down.example/a')).status))
    if (pathname === '/later')
      context.waitUntil(env.kv.open('notes').set('later', 'yes'))
    if (pathname === '/seen') return new Response(await env.kv.open('notes').get('later'))
    return new Response(String(++calls))
  },
})`
const MANIFEST = {
  name: 'probe',
  capabilities: {
    kv: { notes: { access: 'write' } },
    config: { REGION: { env: 'REGION' } },
    http: [
      {
        host: 'up.example',
        methods: ['GET'],
        headers: { authorization: 'Bearer {secret:UP_KEY}' },
      },
    ],
  },
}

const { files, modules } = await readBack(await packed(await scriptAgent(SOURCE), MANIFEST))
const pack = { agents: { probe: files }, modules }
const ENV = { REGION: 'eu', UP_KEY: 'of-the-owner', MAYFLY_TOKEN: 'of-the-operator' }

interface Asked {
  readonly status: number
  readonly text: string
  /** What the platform was asked to wait for. */
  readonly waits: Promise<unknown>[]
}

function open(
  options: PackedWorkerOptions = {},
): (path: string, init?: RequestInit, env?: unknown) => Promise<Asked> {
  const worker = packedWorker(pack, { drivers: { log: { write() {} } }, ...options })
  return async (path, init, env = ENV) => {
    const waits: Promise<unknown>[] = []
    const context = { waitUntil: (promise: Promise<unknown>) => void waits.push(promise) }
    const response = await worker.fetch(
      new Request(`https://edge.example${path}`, init),
      env,
      context,
    )
    return { status: response.status, text: await response.text(), waits }
  }
}

describe('packedWorker()', () => {
  const platform = globalThis.fetch
  afterAll(() => void (globalThis.fetch = platform))

  it('answers by its agents, each request from the same state', async () => {
    const ask = open()
    for (let times = 0; times < 3; times++)
      expect(await ask('/probe/')).toMatchObject({ status: 200, text: '1' })
    expect((await ask('/other/')).status).toBe(404)
  })

  it('reads config and secrets from bindings, and sends by the fetch of the platform', async () => {
    const sent: unknown[] = []
    globalThis.fetch = async (input) => {
      const request = new Request(input)
      sent.push([request.url, request.headers.get('authorization'), request.redirect])
      return new Response('up', { status: 203 })
    }
    const ask = open()
    expect(await ask('/probe/region')).toMatchObject({ text: 'eu' })
    expect(await ask('/probe/up')).toMatchObject({ text: '203' })
    expect(await ask('/probe/down')).toMatchObject({ status: 500 })
    expect(sent).toEqual([['https://up.example/a', 'Bearer of-the-owner', 'manual']])
  })

  it('tries again when it could not load, such as without a binding', async () => {
    const ask = open()
    await expect(ask('/probe/', {}, { UP_KEY: 'k' })).rejects.toThrow('REGION')
    await expect(ask('/probe/', {}, { REGION: 'eu' })).rejects.toThrow('UP_KEY')
    expect(await ask('/probe/')).toMatchObject({ status: 200 })
  })

  it('has the platform wait for a guest that goes on after its answer', async () => {
    const ended: string[] = []
    const ask = open({ onInvocation: ({ outcome }) => ended.push(outcome.state) })
    const { waits } = await ask('/probe/later')
    await Promise.all(waits)
    expect(ended).toEqual(['completed'])
    expect(await ask('/probe/seen')).toMatchObject({ text: 'yes' })
  })

  it('has the control plane for the holder of the token that is bound, and none without a token', async () => {
    const ask = open()
    const headers = { authorization: 'Bearer of-the-operator' }
    expect((await ask('/-/agents', { headers })).status).toBe(200)
    expect((await ask('/-/agents')).status).toBe(401)
    // The process of a Worker does not tell what it uses.
    using _ = vi.spyOn(process, 'cpuUsage').mockImplementation(() => {
      throw new Error('[unenv] process.cpuUsage is not implemented yet!')
    })
    const metrics = await ask('/-/metrics', { headers })
    expect(metrics.text).toContain('mayfly_agent_invocations_total{agent="probe"}')
    const closed = open()
    expect((await closed('/-/agents', { headers }, { ...ENV, MAYFLY_TOKEN: '' })).status).toBe(404)
  })
})
