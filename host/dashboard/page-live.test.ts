/** What open pages hear, and its bounds. */
import { afterEach, expect, it } from 'vitest'
import type { PageState, TailEvent } from '../control/index.ts'
import { PageLive } from './page-live.ts'
import { RecentEvents } from './recent-events.ts'

const STATE: PageState = {
  url: 'http://127.0.0.1:8787',
  version: '1.0.0',
  health: { status: 'ok', agents: 0, workers: { ready: 1, wanted: 1 }, uptimeSeconds: 1 },
  workers: [],
  memory: { residentBytes: 1, totalBytes: 2 },
  agents: [],
}
const all: PageLive[] = []

afterEach(() => all.splice(0).forEach((live) => live.close()))

function live(state: () => Promise<PageState> = async () => STATE): PageLive {
  const made = new PageLive({ state })
  all.push(made)
  return made
}

function request(id: string, facts: object = {}): TailEvent {
  const base = { kind: 'request', timeMs: 0, level: 'info', agent: 'shop', method: 'GET' }
  return { ...base, id, path: '/', status: 200, durationMs: 1, ...facts } as TailEvent
}

function denied(hint: string, target = 'orders'): TailEvent {
  const base = { kind: 'denied', timeMs: 0, level: 'warn', agent: 'shop', id: 'x' }
  return { ...base, capability: 'kv', action: 'get', target, outcome: 'denied', hint } as TailEvent
}

interface Told {
  readonly event: string
  readonly data: Record<string, unknown>
}

/** Reads until `isLast` has come, and returns all events. */
async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  isLast: (told: Told) => boolean,
): Promise<Told[]> {
  const told: Told[] = []
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return told
    for (const block of new TextDecoder().decode(value).split('\n\n').filter(Boolean)) {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
      told.push({ event, data: JSON.parse(data) })
    }
    if (told.some(isLast)) return told
  }
}

it('PageLive tells a page that is opened later what has happened', async () => {
  const host = live()
  host.publish([request('a'), denied('Add it')], 0)
  const reader = host.follow(() => true)?.getReader()
  if (reader === undefined) throw new Error('not followed')
  const told = await read(reader, ({ event }) => event === 'state')
  expect(told.map(({ event }) => event).toSorted()).toEqual(['findings', 'recent', 'state'])
  const of = (name: string) => told.find(({ event }) => event === name)?.data
  expect(of('state')).toEqual(STATE)
  expect(of('recent')).toMatchObject({ requests: [{ id: 'a' }], lost: 0 })
  expect(of('findings')).toMatchObject({ denials: [{ hint: 'Add it', count: 1 }] })
  host.publish([request('b')], 3)
  const later = await read(reader, ({ event }) => event === 'recent')
  expect(later.find(({ event }) => event === 'recent')?.data).toMatchObject({ lost: 3 })
})

it('PageLive asks for the state once for all pages, and not while the question before is open', async () => {
  let asked = 0
  const host = live(() => {
    asked++
    return new Promise(() => {})
  })
  const pages = Array.from({ length: 5 }, () => host.follow(() => true)?.getReader())
  // Three looks of the host.
  for (const id of ['a', 'b', 'c']) {
    host.publish([request(id)], 0)
    await read(pages[0] ?? never(), ({ data }) => JSON.stringify(data).includes(`"id":"${id}"`))
  }
  expect(asked).toBe(1)
})

it('PageLive ends the stream of a page that has ended', async () => {
  const host = live()
  let isAllowed = true
  const reader = host.follow(() => isAllowed)?.getReader() ?? never()
  await read(reader, ({ event }) => event === 'state')
  isAllowed = false
  const rest = await read(reader, () => false)
  expect(rest.filter(({ event }) => event === 'recent')).toEqual([])
})

it('PageLive takes 32 pages, and none when it is closed', () => {
  const host = live()
  const streams = Array.from({ length: 33 }, () => host.follow(() => true))
  expect(streams.map((stream) => stream !== undefined)).toEqual([...Array(32).fill(true), false])
  host.close()
  expect(host.follow(() => true)).toBeUndefined()
})

it('RecentEvents keeps a hundred requests, and what was denied once with how often', () => {
  const events = new RecentEvents()
  const many = Array.from({ length: 5_000 }, (_, index) => request(String(index)))
  events.add([...many, denied('Add it'), denied('Add it', 'other'), denied('Raise it')], 2)
  const { requests } = events.latest()
  expect([requests.length, requests.at(-1)?.id]).toEqual([100, '4999'])
  const { recent } = events.take()
  expect([recent?.requests.length, recent?.lost]).toEqual([50, 4_952])
  expect(events.findings().denials.map(({ hint, count }) => [hint, count])).toEqual([
    ['Raise it', 1],
    ['Add it', 2],
  ])
  expect(events.take()).toEqual({ hasFindings: false })
})

it('RecentEvents keeps fifty denials, and of a long text its beginning', () => {
  const events = new RecentEvents()
  const many = Array.from({ length: 200 }, (_, index) => denied(`hint ${index}`, 'x'.repeat(9_000)))
  events.add(many, 0)
  const { denials } = events.findings()
  expect([denials.length, denials[0]?.hint]).toEqual([50, 'hint 199'])
  expect(denials[0]?.target.length).toBeLessThan(600)
})

function never(): never {
  throw new Error('not followed')
}
