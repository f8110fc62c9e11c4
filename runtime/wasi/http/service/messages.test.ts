import { describe, expect, it } from 'vitest'
import { testInvocation } from '../../../host-module/testing.ts'
import { budgetOf, fieldsFrom, type Fields } from '../fields.ts'
import type { TrailersEnd } from './message-body.ts'
import { Request, sentRequest } from './request.ts'
import { Response as GuestResponse, sentResponse, type SentResponse } from './response.ts'

const budget = budgetOf(testInvocation().context)

function fields(entries: Record<string, string>): Fields {
  const encoder = new TextEncoder()
  return fieldsFrom(
    Object.entries(entries).map(([name, value]) => [name, encoder.encode(value)]),
    budget,
  )
}

const ANNOUNCED = { trailer: 'x-sum' }

function response(headers: Record<string, string>, trailers: TrailersEnd): SentResponse {
  return sentResponse(GuestResponse.new(fields(headers), undefined, Promise.resolve(trailers))[0])
}

function connected({ body }: Pick<SentResponse, 'body'>) {
  const sending = body?.connect({ discard: false, admits: () => true, cancelled() {} })
  if (sending === undefined) throw new Error('There is no body')
  return { bytes: new Response(sending.readable).bytes(), trailers: sending.trailers }
}

const SUM = { 'x-sum': '1' }

describe('a message of wasi:http@0.3 without contents', () => {
  it('sends trailers that it announces after an empty body', async () => {
    const { bytes, trailers } = connected(response(ANNOUNCED, { tag: 'ok', val: fields(SUM) }))
    expect((await bytes).byteLength).toBe(0)
    expect([...((await trailers) ?? [])]).toEqual([['x-sum', '1']])
  })

  it('sends those of a request as well', async () => {
    const trailers = Promise.resolve({ tag: 'ok' as const, val: fields(SUM) })
    const [request] = Request.new(fields(ANNOUNCED), undefined, trailers, undefined)
    const sending = connected(sentRequest(request).head)
    expect((await sending.bytes).byteLength).toBe(0)
    expect([...((await sending.trailers) ?? [])]).toEqual([['x-sum', '1']])
  })

  it('breaks off when the trailers that it announces do not come', async () => {
    const error = { tag: 'err', val: { tag: 'HTTP-protocol-error' } } as const
    const { bytes, trailers } = connected(response(ANNOUNCED, error))
    await expect(bytes).rejects.toThrow('HTTP-protocol-error')
    await expect(trailers).rejects.toThrow('HTTP-protocol-error')
  })

  it('has no body without the announcement', () => {
    expect(response({}, { tag: 'ok', val: fields(SUM) }).body).toBeUndefined()
  })
})
