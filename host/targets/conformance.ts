/**
 * The conformance suite of targets: what clients and operators see of a host, whatever platform it runs on.
 *
 * Written without a test library, as named steps that throw: a target runs them under any library. The target serves one
 * agent, `CONFORMANCE_AGENT`, and the cases ask it one after the other.
 *
 * @module
 */

import { same } from '../../runtime/host-module/conformance.ts'

/** A request to a host. The path begins with a slash. */
export type AskHost = (path: string, init?: RequestInit) => Promise<Response>

/** A host that serves `CONFORMANCE_AGENT`. */
export interface ConformanceHost {
  /** Asks the data plane, as any client. */
  readonly ask: AskHost
  /** Asks the control plane, as the operator. */
  readonly control: AskHost
}

export interface TargetConformanceCase {
  readonly name: string
  run(host: ConformanceHost): Promise<void>
}

const DEADLINE_MS = 1_000
const BODY_BYTES = 1_024

/** The agent that a target serves for this suite: files of its folder. */
export const CONFORMANCE_AGENT: Readonly<Record<'agent.ts' | 'agent.json', string>> = {
  'agent.json': JSON.stringify({
    name: 'probe',
    source: 'agent.ts',
    capabilities: { kv: { notes: { access: 'write' } } },
    limits: { deadlineMs: DEADLINE_MS, requestBodyBytes: BODY_BYTES },
  }),
  'agent.ts': `
    let calls = 0
    const store = (env, name) => env.kv.open(name)
    const waits = () => new Promise((resolve) => setTimeout(resolve, 3_600_000))
    const paths = {
      '/': ({ request }) => request.method + ' ' + new URL(request.url).pathname + new URL(request.url).search,
      '/count': () => String(++calls),
      '/echo': async ({ request }) => (await request.text()).toUpperCase(),
      '/notes': async ({ env }) => String(await store(env, 'notes').increment('n')),
      '/other': async ({ env }) => String(await store(env, 'other').increment('n')),
      '/way': ({ request, env }) => [
        env.basePath, request.headers.get('x-forwarded-prefix'),
        env.client.address === '203.0.113.9', env.client.address === (request.headers.get('x-forwarded-for') ?? undefined),
        request.headers.get('x-real-ip'), request.headers.get('forwarded'), new URL(request.url).protocol,
      ].join(),
      '/away': ({ request }) => Response.redirect(new URL('/way?x', request.url)),
      '/throw': () => { throw new Error('of the agent alone') },
      '/spin': () => { for (;;); },
      '/wait': waits,
      '/fields': () => new Response('body', {
        status: 201,
        headers: { 'content-length': '1', connection: 'close', 'x-own': 'kept', 'x-request-id': 'forged' },
      }),
      '/parts': () => new Response(new ReadableStream({
        async start(controller) {
          for (const part of ['a', 'b', 'c']) controller.enqueue(new TextEncoder().encode(part))
          controller.close()
        },
      })),
      '/endless': () => new Response(new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode('begun'))
          await waits()
        },
      })),
    }
    export default {
      async fetch(request, env) {
        const answer = await (paths[new URL(request.url).pathname] ?? paths['/'])({ request, env })
        return typeof answer === 'string' ? new Response(answer) : answer
      },
    }
  `,
}

export const TARGET_CONFORMANCE: readonly TargetConformanceCase[] = [
  step('an agent answers below its route, and sees paths without its name', async ({ ask }) => {
    await answers(await ask('/probe/'), 200, 'GET /')
    await answers(await ask('/probe/a/b?c=d%20e', { method: 'DELETE' }), 200, 'DELETE /a/b?c=d%20e')
    await answers(await ask('/probe'), 200, 'GET /')
  }),
  step('an agent knows the path before its own, and redirects stay below it', async ({ ask }) => {
    await answers(await ask('/probe/way'), 200, '/probe,/probe,false,true,,,http:')
    const { status, headers } = await ask('/probe/away', { redirect: 'manual' })
    same(`${status} ${headers.get('location')}`, '302 /probe/way?x')
  }),
  step('what a client says of its address, no agent sees', async ({ ask }) => {
    const headers = {
      'x-forwarded-for': '203.0.113.9',
      'x-real-ip': '203.0.113.9',
      forwarded: 'for=203.0.113.9;proto=https',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/evil',
    }
    await answers(await ask('/probe/way', { headers }), 200, '/probe,/probe,false,true,,,http:')
  }),
  step('other paths are answered 404, as JSON with the id of the request', async ({ ask }) => {
    const response = await ask('/probes/')
    same(response.status, 404)
    const { requestId } = await jsonOf(response)
    same(requestId, response.headers.get('x-request-id'))
  }),
  step('each request begins with the same state', async ({ ask }) => {
    for (let times = 0; times < 5; times++) await answers(await ask('/probe/count'), 200, '1')
  }),
  step('each request has an id of its own, whatever client and agent say', async ({ ask }) => {
    const init = { headers: { 'x-request-id': 'chosen' } }
    const [first, second] = [await ask('/probe/fields', init), await ask('/probe/fields', init)]
    const ids = new Set([first, second].map(({ headers }) => headers.get('x-request-id') ?? ''))
    same(
      [ids.size, ids.has(''), ids.has('chosen'), ids.has('forged')].join(),
      '2,false,false,false',
    )
  }),
  step('a body reaches the agent, up to its bound', async ({ ask }) => {
    await answers(await ask('/probe/echo', post('hello')), 200, 'HELLO')
    const most = 'x'.repeat(BODY_BYTES)
    await answers(await ask('/probe/echo', post(most)), 200, most.toUpperCase())
    same((await ask('/probe/echo', post(`${most}x`))).status, 413)
  }),
  step('the agent sets status and fields, but none that frames the message', async ({ ask }) => {
    const response = await ask('/probe/fields')
    same(response.headers.get('x-own'), 'kept')
    await answers(response, 201, 'body')
  }),
  step('the answer to HEAD has no body', async ({ ask }) => {
    const response = await ask('/probe/fields', { method: 'HEAD' })
    same(response.headers.get('x-own'), 'kept')
    await answers(response, 201, '')
  }),
  step('a streamed answer arrives whole', async ({ ask }) => {
    await answers(await ask('/probe/parts'), 200, 'abc')
  }),
  step('a streamed answer is there when its head is, and a client may leave', async ({ ask }) => {
    const reader = (await ask('/probe/endless')).body?.getReader()
    same(new TextDecoder().decode((await reader?.read())?.value), 'begun')
    await reader?.cancel()
  }),
  step('what an agent throws is answered 500, without its text', async ({ ask }) => {
    const response = await ask('/probe/throw')
    same(response.status, 500)
    same((await response.text()).includes('of the agent alone'), false)
  }),
  step('a guest that computes or waits past its deadline is answered 504', async ({ ask }) => {
    for (const path of ['spin', 'wait']) same((await ask(`/probe/${path}`)).status, 504)
    await answers(await ask('/probe/count'), 200, '1')
  }),
  step('what is granted is there, and nothing else', async ({ ask }) => {
    same((await ask('/probe/notes')).status, 200)
    same((await ask('/probe/other')).status, 500)
  }),
  step('health says that it serves', async ({ control }) => {
    const response = await control('/-/health')
    same(response.status, 200)
    same((await jsonOf(response))['status'], 'ok')
  }),
  step('the operator sees the agent, and 404 for another', async ({ control }) => {
    const agent = await jsonOf(await control('/-/agents/probe'))
    same([agent['name'], agent['route'], agent['disabled']].join(), 'probe,/probe/*,false')
    same((await control('/-/agents/absent')).status, 404)
    same((await control('/-/agents/absent/kill', { method: 'POST' })).status, 404)
  }),
  step('a path of the control plane takes only its methods', async ({ control }) => {
    const response = await control('/-/agents/probe/kill')
    same([response.status, response.headers.get('allow')].join(), '405,POST')
    same((await control('/-/nothing')).status, 404)
  }),
  step('kill ends what is under way, and nothing after', async ({ ask, control }) => {
    const reader = (await ask('/probe/endless')).body?.getReader()
    await reader?.read()
    const killed = await jsonOf(await control('/-/agents/probe/kill', { method: 'POST' }))
    same(killed['stopped'], 1)
    same(
      await reader?.read().then(
        ({ done }) => done,
        () => 'broken off',
      ),
      'broken off',
    )
    await answers(await ask('/probe/count'), 200, '1')
  }),
  step('a disabled agent refuses with 503 until it is enabled', async ({ ask, control }) => {
    const change = (action: string): Promise<Response> =>
      control(`/-/agents/probe/${action}`, { method: 'POST' })
    same((await change('disable')).status, 200)
    same((await ask('/probe/')).status, 503)
    same((await change('enable')).status, 200)
    same((await ask('/probe/')).status, 200)
  }),
  // The last: what it takes away does not come back here.
  step('a grant that is revoked is gone at once', async ({ ask, control }) => {
    const revoke = (place: string): Promise<Response> =>
      control('/-/agents/probe/grants', post(JSON.stringify({ revoke: [place] })))
    same((await revoke('kv.absent')).status, 400)
    same((await ask('/probe/notes')).status, 200)
    same((await revoke('kv.notes')).status, 200)
    same((await ask('/probe/notes')).status, 500)
  }),
]

function step(name: string, run: TargetConformanceCase['run']): TargetConformanceCase {
  return { name, run }
}

function post(body: string): RequestInit {
  return { method: 'POST', body }
}

async function answers(response: Response, status: number, body: string): Promise<void> {
  same([response.status, await response.text()].join(' '), [status, body].join(' '))
}

async function jsonOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const value: unknown = await response.json()
  if (typeof value === 'object' && value !== null) return { ...value }
  throw new Error(`Expected an object, got ${JSON.stringify(value)}`)
}
