import { describe, expect, it } from 'vitest'
import { FairShare, HeldBytes } from '../meter/index.ts'
import { HIGH_WATER_BYTES, ResponseBody } from './response-body.ts'

const MAX_BYTES = 4 * HIGH_WATER_BYTES

function open(): { body: ResponseBody; response: () => Response; share: FairShare } {
  const share = new FairShare({ max: MAX_BYTES, maxByAgent: MAX_BYTES, maxWaitingByAgent: 0 })
  let response = new Response()
  const exchange = { id: '1', keepsLength: false, origin: undefined, onLeftOut() {} }
  const body = new ResponseBody(
    exchange,
    100 * HIGH_WATER_BYTES,
    new HeldBytes('tester', share),
    (started) => (response = started),
    () => {},
  )
  body.start(200, [])
  return { body, response: () => response, share }
}

describe('ResponseBody.write()', () => {
  const chunk = new Uint8Array(HIGH_WATER_BYTES)

  it('resolves for each of several writes under way', async () => {
    const { body, response, share } = open()
    const writes = [1, 2, 3].map(() => body.write(chunk))
    const reader = response().body?.getReader()
    for (let reads = 0; reads < 3; reads++) await reader?.read()
    await Promise.all(writes)
    expect(share.use()).toMatchObject({ held: 0 })
  })

  it('counts the bytes that are written while the client does not read', () => {
    const { body, share } = open()
    for (let writes = 0; writes < 5; writes++) void body.write(chunk)
    expect(share.use()).toMatchObject({ held: MAX_BYTES })
    expect(() => body.write(chunk)).toThrow(expect.objectContaining({ payload: 'limited' }))
  })
})
