import { expect, it } from 'vitest'
import type { LinkOutcome } from '../../host-module/index.ts'
import { testInvocation } from '../../host-module/testing.ts'
import { ToolCall } from './tool-call.ts'
import type { Tool } from './tool.ts'

function textOf(body: readonly number[]): string {
  const outcome: LinkOutcome = { state: 'answered', status: 200, body: Uint8Array.from(body) }
  const tool: Tool = {
    link: { post: () => outcome, forward: () => expect.unreachable(), call: () => undefined },
    grant: { agent: 'search' },
    waiting: new Set(),
  }
  const { context } = testInvocation()
  const known = new Map([['search', tool]])
  const call = ToolCall.admit('search', { context, known, countUse: () => true })
  return call.text(outcome)
}

it('text() is what the tool answered, byte for byte', () => {
  const bytes = [0xef, 0xbb, 0xbf, 0x61, 0xef, 0xbb, 0xbf, 0x00]
  expect([...new TextEncoder().encode(textOf(bytes))]).toEqual(bytes)
})

it('text() refuses what is not UTF-8', () => {
  expect(() => textOf([0x61, 0xff])).toThrow(expect.objectContaining({ payload: 'failed' }))
  expect(() => textOf([0xed, 0xa0, 0x80])).toThrow(expect.objectContaining({ payload: 'failed' }))
})

it('admit() says how a tool comes back that was revoked, or whose lease is over', () => {
  const { context, events } = testInvocation()
  const grant = { agent: 'search', expires: '2020-01-01T00:00:00Z' }
  const unused = (): never => expect.unreachable()
  const link = { post: unused, forward: unused, call: () => undefined }
  const known = new Map([['find', { link, grant, waiting: new Set<() => void>() }]])
  const admit = (): unknown => ToolCall.admit('find', { context, known, countUse: () => true })
  expect(admit).toThrow(expect.objectContaining({ payload: 'denied' }))
  expect(events).toMatchObject([
    { outcome: 'denied', hint: expect.stringContaining('--restore tools.find;') },
  ])
})
