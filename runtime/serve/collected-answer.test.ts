import { describe, expect, it } from 'vitest'
import { HeldBytes } from '../meter/index.ts'
import { CollectedAnswer } from './collected-answer.ts'

const held = new HeldBytes('tester', undefined)

describe('CollectedAnswer', () => {
  it('takes a status that may end an answer, streamed or not', () => {
    const body = new Uint8Array(1)
    expect(new CollectedAnswer(1, held).with({ status: 599, headers: [], body })).toEqual({
      status: 599,
      body,
    })
    const streamed = new CollectedAnswer(1, held)
    streamed.start(200, [])
    expect(streamed.with({ status: 0, headers: [], body })).toEqual({ status: 200, body })
  })

  it.each([0, 100, 199, 600])('refuses status %i', (status) => {
    const refused = expect.objectContaining({
      code: 'ERR_GUEST_FAILED',
      hint: 'Answer with a status from 200 to 599',
    })
    const record = { status, headers: [], body: new Uint8Array(0) }
    expect(() => new CollectedAnswer(1, held).with(record)).toThrowError(refused)
    expect(() => new CollectedAnswer(1, held).start(status, [])).toThrowError(refused)
  })
})
