import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { NodeConnection } from './connection.ts'

/** The headers of a request that came with these lines. */
function headersOf(...rawHeaders: string[]): [string, string][] {
  const incoming = Object.assign(new PassThrough(), { rawHeaders, rawTrailers: [], complete: true })
  // The cast: of both only the headers are asked for.
  const connection = new NodeConnection(incoming as never, new PassThrough() as never)
  return [...connection.headers]
}

it.each([
  [[], []],
  [['Cookie', 'a=1'], [['cookie', 'a=1']]],
  [
    ['Cookie', 'a=1', 'X-B', 'c', 'cookie', 'b=2; c=3', 'COOKIE', 'd=4'],
    [
      ['cookie', 'a=1; b=2; c=3; d=4'],
      ['x-b', 'c'],
    ],
  ],
  [
    ['Accept', 'a', 'accept', 'b'],
    [
      ['accept', 'a'],
      ['accept', 'b'],
    ],
  ],
])('NodeConnection.headers joins lines of cookies, and no others: %j', (lines, expected) => {
  expect(headersOf(...lines)).toEqual(expected)
})

it('NodeConnection.client tells all that wait of the end, by one listener of the response', async () => {
  const incoming = Object.assign(new PassThrough(), { rawHeaders: [], rawTrailers: [] })
  const outgoing = new PassThrough()
  const { client } = new NodeConnection(incoming as never, outgoing as never)
  const heard: unknown[] = []
  for (let wait = 0; wait < 20; wait++) {
    client.addEventListener('abort', () => heard.push(wait))
    client.onClose?.((isSent) => heard.push(isSent))
  }
  expect(outgoing.listenerCount('close')).toBe(1)
  outgoing.destroy()
  await new Promise((resolve) => outgoing.once('close', resolve))
  // The latest that waits hears that the client has left.
  expect(heard).toEqual([19, ...Array.from({ length: 20 }, () => false)])
})
