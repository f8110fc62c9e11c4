import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { WholeAnswer } from '../../../runtime/agents/index.ts'
import { AnswerBatch } from './answer-batch.ts'

const SMALL = new WholeAnswer(200, [], Uint8Array.of(1))

function open() {
  const batch = new AnswerBatch()
  const add = (answer = SMALL): ServerResponse => {
    const outgoing = new ServerResponse(new IncomingMessage(new Socket()))
    batch.add(outgoing, answer, 'GET')
    return outgoing
  }
  return { batch, add }
}

describe('AnswerBatch', () => {
  it('sends the answers of a turn together, when the turn has ended', async () => {
    const { add } = open()
    const both = [add(), add()]
    expect(both.map(({ writableEnded }) => writableEnded)).toEqual([false, false])
    await nextTurn()
    expect(both.map(({ writableEnded }) => writableEnded)).toEqual([true, true])
  })

  it('keeps none waiting for long, whatever runs in the turn', async () => {
    const { batch, add } = open()
    const first = add()
    const end = performance.now() + 1
    while (performance.now() < end);
    batch.passes()
    expect(first.writableEnded).toBe(true)
    await nextTurn()
  })

  it('sends a large one at once', () => {
    const { add } = open()
    expect(add(new WholeAnswer(200, [], new Uint8Array(20_000))).writableEnded).toBe(true)
  })

  it('sends at once where answers come alone, and looks again', async () => {
    const { add } = open()
    add()
    await nextTurn()
    expect(add().writableEnded).toBe(true)
    for (let count = 0; count < 14; count++) add()
    const next = add()
    expect(next.writableEnded).toBe(false)
    await nextTurn()
    expect(next.writableEnded).toBe(true)
  })
})
