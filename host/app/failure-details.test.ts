import { expect, it } from 'vitest'
import { refusalOf } from '../../runtime/agents/index.ts'
import { MayflyError } from '../../runtime/errors/index.ts'
import { createApp, FailureDetails, RouteTable, type AppOptions } from './index.ts'

const FAILED = new MayflyError('ERR_GUEST_FAILED', 'Agent failed')

function app(takeDetail?: (details: FailureDetails) => AppOptions['takeDetail']) {
  const details = new FailureDetails()
  const take = takeDetail?.(details)
  const table = new RouteTable([
    {
      name: 'shop',
      route: '/*',
      requestBodyBytes: 10,
      async fetch({ url }, { id }) {
        if (url.endsWith('/own')) return Response.json({ own: true }, { status: 500 })
        details.note(id, 'Error: <b>why</b>\n    at agent.ts:1:1')
        return refusalOf(FAILED, id)
      },
    },
  ])
  return createApp({
    table: () => table,
    control: async () => new Response(),
    log: () => {},
    ...(take === undefined ? {} : { takeDetail: take }),
  })
}

it('createApp() says nothing of a failure to clients', async () => {
  const response = await app().request('/')
  expect(Object.keys((await response.json()) as object)).toEqual(['error', 'requestId'])
})

it('createApp() with takeDetail says why to the author, as plain text in a browser', async () => {
  const own = app(({ take }) => take)
  const response = await own.request('/')
  expect(response.status).toBe(500)
  expect(await response.json()).toMatchObject({
    error: 'agent failed',
    detail: 'Error: <b>why</b>\n    at agent.ts:1:1',
  })
  const page = await own.request('/', { headers: { accept: 'text/html,*/*' } })
  expect(page.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(page.headers.get('x-content-type-options')).toBe('nosniff')
  expect(await page.text()).toBe('500 agent failed\n\nError: <b>why</b>\n    at agent.ts:1:1\n')
  // An answer of the agent itself stays as it is.
  expect(await (await own.request('/own')).json()).toEqual({ own: true })
})

it('FailureDetails tells each once, and keeps those of a moment', () => {
  const details = new FailureDetails()
  for (let at = 0; at < 100; at++) details.note(String(at), `text ${at}`)
  expect([details.take('0'), details.take('99'), details.take('99')]).toEqual([
    undefined,
    'text 99',
    undefined,
  ])
})
