import { expect, it } from 'vitest'
import { testInvocation } from '../../host-module/testing.ts'
import { Fields } from '../../wasi/http/fields.ts'
import { guestBody } from '../../wasi/http/service/message-body.ts'
import { Request as GuestRequest } from '../../wasi/http/service/request.ts'
import { handle } from './next-handler.ts'
import type { Tool } from './tool.ts'

function request(): GuestRequest {
  const trailers = Promise.resolve({ tag: 'ok' as const, val: undefined })
  return new GuestRequest(new Fields({ leftBytes: 1000 }), guestBody(undefined, trailers)[0])
}

it('handle() gives up an answer with more fields than a guest may get', async () => {
  const { context, events } = testInvocation()
  const headers = Array.from({ length: 2000 }, (_, index): [string, string] => [`x-${index}`, ''])
  const cancelled = Promise.withResolvers<void>()
  const body = new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() })
  const stopped = Promise.withResolvers<void>()
  const unused = (): never => expect.unreachable()
  const next: Tool = {
    link: {
      post: unused,
      call: unused,
      async forward(_, { onBegin }) {
        onBegin(stopped.resolve)
        return { state: 'answered', response: new Response(body, { headers }) }
      },
    },
    grant: { agent: 'next', provides: ['wasi:http/handler@0.3.0'] },
    waiting: new Set(),
  }
  const parts = { context, known: new Map([['next', next]]), countUse: () => true }
  await expect(handle(request(), parts)).rejects.toMatchObject({
    payload: { tag: 'HTTP-response-header-section-size' },
  })
  await Promise.all([cancelled.promise, stopped.promise])
  expect(next.waiting.size).toBe(0)
  expect(events.at(-1)).toMatchObject({ capability: 'tools', target: 'next', outcome: 'failed' })
})
