/** The format of server-sent events, whole and in any parts. @module */
import { describe, expect, it } from 'vitest'
import { EventStream, type ServerEvent } from './event-stream.ts'

function read(
  parts: readonly string[],
  id?: string,
): { events: ServerEvent[]; retries: number[]; id: string } {
  const events: ServerEvent[] = []
  const retries: number[] = []
  const stream = new EventStream(
    { event: (event) => void events.push(event), retry: (ms) => void retries.push(ms) },
    id,
  )
  for (const part of parts) stream.write(part)
  return { events, retries, id: stream.id }
}

const message = (data: string, lastEventId = ''): ServerEvent => ({
  type: 'message',
  data,
  lastEventId,
})

describe('EventStream.write()', () => {
  it.for([
    ['lines of data', 'data: a\ndata:b\ndata:  c\ndata\n\n', [message('a\nb\n c\n')]],
    ['empty data', 'data\n\n', [message('')]],
    ['comments and unknown fields', ': hello\nother: x\ndata: a\n\n', [message('a')]],
    ['an event without data', 'event: x\n\ndata: a\n\n', [message('a')]],
    [
      'a type',
      'event: add\ndata: 1\n\ndata: 2\n\n',
      [{ ...message('1'), type: 'add' }, message('2')],
    ],
    [
      'ids, which stay',
      'id: 7\ndata: 1\n\ndata: 2\n\nid\ndata: 3\n\n',
      [message('1', '7'), message('2', '7'), message('3')],
    ],
    ['an id with a null', 'id: a\0b\ndata: 1\n\n', [message('1')]],
    ['a last event that does not end', 'data: 1\n\ndata: 2\n', [message('1')]],
  ] as const)('reads %s, in any parts and with any ends of lines', ([, text, events]) => {
    for (const end of ['\n', '\r', '\r\n']) {
      const sent = text.replaceAll('\n', end)
      expect(read([sent]).events).toEqual(events)
      expect(read([...sent]).events).toEqual(events)
    }
  })

  it('hears of retry, in digits only and no longer than a timer counts', () => {
    const { retries } = read([
      'retry: 10\nretry: 1s\nretry: -1\nretry\nretry: 99999999999999999999\n',
    ])
    expect(retries).toEqual([10, 2 ** 31 - 1])
  })

  it('counts an id when its event has ended, also without data, and keeps that of the connection before', () => {
    expect(read(['id: 1\n\nid: 2\n']).id).toBe('1')
    expect(read(['data: 1\n\n'], 'old')).toMatchObject({ id: 'old', events: [message('1', 'old')] })
  })

  it('takes a line of a million parts in time that its length explains', () => {
    const { events } = read(['data: ', ...Array.from({ length: 1_000_000 }, () => 'x'), '\n\n'])
    expect(events[0]?.data.length).toBe(1_000_000)
  })
})
