import { describe, expect, it } from 'vitest'
import type { Access } from './access/index.ts'
import { createFunctions, isFunctionsPath } from './functions.ts'

const ADD = { name: 'acme:math/ops@1.0.0#add', parameters: { type: 'object' } }

function ask(path: string, init: RequestInit = {}, access: Access = { state: 'open' }) {
  const agent = {
    name: 'math',
    requestBodyBytes: 100,
    deadlineMs: 60_000,
    functions: () => [ADD],
    call: async (_: string, input: unknown) => {
      if (input === 'fail') return { state: 'failed' as const, error: 'no' }
      if (input === 'trap') throw new Error('trap')
      return { state: 'returned' as const, result: input }
    },
    refusal: () => new Response('refused', { status: 500 }),
  }
  const silent = { ...agent, name: 'silent', functions: () => [] }
  const app = createFunctions({ agents: () => [agent, silent], access })
  return app.request(`http://localhost${path}`, { headers: { 'x-request-id': 'one' }, ...init })
}

describe('/-/functions', () => {
  it('lists agents that export some, and those of one agent', async () => {
    const math = { agent: 'math', functions: [ADD] }
    expect(await (await ask('/-/functions')).json()).toEqual({ agents: [math] })
    expect(await (await ask('/-/functions/math')).json()).toEqual(math)
  })

  it('says nothing of another path', async () => {
    const { headers } = await ask('/-/functions')
    expect([headers.get('deprecation'), headers.get('link')]).toEqual([null, null])
  })
})

describe('/-/tools, which has moved', () => {
  it('lists the same, as tools', async () => {
    const math = { agent: 'math', tools: [ADD] }
    expect(await (await ask('/-/tools')).json()).toEqual({ agents: [math] })
    expect(await (await ask('/-/tools/math')).json()).toEqual(math)
  })

  const post = (body: string) => ({ method: 'POST', body })
  const needsToken: Access = { state: 'token', token: 'let-me-in' }
  it.for<[number, string, RequestInit?, Access?]>([
    [200, ''],
    [200, '?x=1'],
    [200, '', { method: 'HEAD' }],
    [200, '/math'],
    [404, '/absent'],
    [200, '/math/acme:math/ops/add', post('7')],
    [200, '/math/acme:math%2Fops%401.0.0%23add', post('7')],
    [422, '/math/acme:math/ops/add', post('"fail"')],
    [500, '/math/acme:math/ops/add', post('"trap"')],
    [404, '/math/acme:math/ops/sub', post('7')],
    [405, '/math/acme:math/ops/add', { method: 'PUT' }],
    [401, '/math', {}, needsToken],
  ])(
    'answers %i to %s %j as the new path does, and names it',
    async ([status, rest, init, access]) => {
      const [former, today] = await Promise.all(
        ['/-/tools', '/-/functions'].map((path) => ask(path + rest, init, access)),
      )
      expect([former?.status, today?.status]).toEqual([status, status])
      expect(former?.headers.get('content-type')).toBe(today?.headers.get('content-type'))
      if (init?.method === 'POST') expect(await former?.text()).toBe(await today?.text())
      const { headers } = former ?? new Response()
      expect(headers.get('link')).toBe(`</-/functions${rest}>; rel="successor-version"`)
      const [, seconds] = /^@(\d+)$/.exec(headers.get('deprecation') ?? '') ?? []
      expect(new Date(Number(seconds) * 1000).toISOString()).toBe('2026-11-29T00:00:00.000Z')
    },
  )
})

describe('isFunctionsPath()', () => {
  it.for<[string, boolean]>([
    ['/-/functions', true],
    ['/-/functions/math/add', true],
    ['/-/tools', true],
    ['/-/tools/math', true],
    ['/-/toolset', false],
    ['/-/agents', false],
  ])('%s: %s', ([path, expected]) => expect(isFunctionsPath(path)).toBe(expected))
})
