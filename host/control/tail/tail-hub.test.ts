/** The bounds of live events, and who sees which. @module */
import { expect, it } from 'vitest'
import { isWanted, tailFilterOf, type TailEvent } from './tail-event.ts'
import { TailHub, type Listener } from './tail-hub.ts'

const ALL: Listener = { wants: () => true, isAllowed: () => true }

function event(facts: Partial<TailEvent> = {}): TailEvent {
  const base = { kind: 'log', timeMs: 0, level: 'info', id: 'x', agent: 'shop', message: 'hi' }
  return { ...base, ...facts } as TailEvent
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<unknown[]> {
  const { value } = await reader.read()
  const lines = new TextDecoder().decode(value).split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
}

it('TailHub says how many listen, and forgets those that leave', async () => {
  const counts: number[] = []
  const hub = new TailHub((count) => counts.push(count))
  const stream = hub.listen(ALL)
  await stream?.cancel()
  expect(counts).toEqual([1, 0])
  hub.publish([event()])
})

it('TailHub holds a thousand events for a slow client, and counts the rest', async () => {
  const hub = new TailHub(() => {})
  const reader = hub.listen(ALL)?.getReader()
  if (reader === undefined) throw new Error('not followed')
  // Nothing was read: all of them are held.
  for (let index = 0; index < 1_500; index++) hub.publish([event()])
  hub.publish([], 7)
  expect(await read(reader)).toEqual([])
  const lines = await read(reader)
  expect(lines).toHaveLength(1_001)
  expect(lines.at(-1)).toEqual({ kind: 'lost', count: 507 })
  hub.publish([event({ id: 'later' })])
  expect(await read(reader)).toMatchObject([{ id: 'later' }])
  hub.close()
  expect(await reader.read()).toEqual({ done: true, value: undefined })
})

it('TailHub ends the stream of a client that may listen no longer, before it sees more', async () => {
  let isAllowed = true
  const hub = new TailHub(() => {})
  const reader = hub.listen({ wants: () => true, isAllowed: () => isAllowed })?.getReader()
  await reader?.read()
  isAllowed = false
  hub.publish([event()])
  expect(await reader?.read()).toEqual({ done: true, value: undefined })
})

it('TailHub takes sixteen listeners, and none when it is closed', () => {
  const hub = new TailHub(() => {})
  const streams = Array.from({ length: 17 }, () => hub.listen(ALL))
  expect(streams.map((stream) => stream !== undefined)).toEqual([...Array(16).fill(true), false])
  hub.close()
  expect(hub.listen(ALL)).toBeUndefined()
})

it.for<[string, Partial<TailEvent>, boolean]>([
  ['', {}, true],
  ['agent=shop', {}, true],
  ['agent=other&agent=shop', {}, true],
  ['agent=other', {}, false],
  ['level=warn', {}, false],
  ['level=warn', { level: 'error' }, true],
  ['denied=true', {}, false],
  ['denied=true', { kind: 'denied', level: 'warn' }, true],
])('isWanted() of "%s" with %j is %s', ([query, facts, wanted]) => {
  const filter = tailFilterOf(new URLSearchParams(query))
  expect(filter && isWanted(filter, event(facts))).toBe(wanted)
})

it.for(['level=loud', 'agnet=shop'])('tailFilterOf() refuses "%s"', (query) => {
  expect(tailFilterOf(new URLSearchParams(query))).toBeUndefined()
})
