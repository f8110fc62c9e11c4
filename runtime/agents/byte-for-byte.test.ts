/**
 * After random requests to real agents every byte, global and table element is that of the image, and every
 * page that differed before was marked. Each claim is also made with marks dropped, and must then fail.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import type { Engine } from '../manifest/index.ts'
import { differences } from '../stamp/index.ts'
import { withPeers } from '../testing/peers.ts'
import { openSlot, type OpenSlot } from './testing/open-slot.ts'
import type { RequestRecord } from '../serve/request-record.ts'

interface Subject {
  readonly name: string
  readonly example: string
  readonly engine: Engine
  readonly request: fc.Arbitrary<RequestRecord>
  /** Fewer where each takes long to compare: 12 MB of StarlingMonkey. */
  readonly count: number
}

const utf8 = new TextEncoder()
const headers = fc.array(fc.tuple(fc.constantFrom('accept', 'x-a', 'x-b'), fc.string()), {
  maxLength: 6,
})

/** To `components/examples/hello`: a page, a name, or JSON that comes back, up to some 100 KB of it. */
const helloRequest = fc.oneof(
  fc.record({
    method: fc.constant('GET'),
    url: fc.webPath().map((path) => `http://agent${path}`),
    headers,
    body: fc.constant(new Uint8Array()),
  }),
  fc.record({
    method: fc.constant('GET'),
    url: fc.string().map((name) => `http://agent/hello/${encodeURIComponent(name)}`),
    headers,
    body: fc.constant(new Uint8Array()),
  }),
  fc.record({
    method: fc.constant('POST'),
    url: fc.constant('http://agent/echo'),
    headers,
    body: fc
      .tuple(fc.jsonValue(), fc.constantFrom(0, 10, 5000, 100_000))
      .map(([value, length]) => utf8.encode(JSON.stringify([value, 'ü'.repeat(length)]))),
  }),
)

/** To `components/examples/stats`: a table of numbers. */
const statsRequest = fc.record({
  method: fc.constant('POST'),
  url: fc.constant('http://agent/'),
  headers,
  body: fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.array(fc.double(), { maxLength: 2000 }))
    .map(([width, numbers]) => {
      const names = Array.from({ length: width }, (_, at) => `column${at}`)
      const rows = Array.from({ length: numbers.length / width }, (_, at) =>
        numbers.slice(at * width, (at + 1) * width).join(','),
      )
      return utf8.encode([names.join(','), ...rows].join('\n'))
    }),
})

const SUBJECTS: readonly Subject[] = [
  { name: 'our QuickJS', example: 'hello', engine: 'quickjs', request: helloRequest, count: 40 },
  ...withPeers<Subject>(
    {
      name: 'QuickJS by jco',
      example: 'hello',
      engine: 'componentize-qjs',
      request: helloRequest,
      count: 40,
    },
    {
      name: 'StarlingMonkey',
      example: 'hello',
      engine: 'starlingmonkey',
      request: helloRequest,
      count: 12,
    },
  ),
  {
    name: 'AssemblyScript',
    example: 'stats',
    engine: 'assemblyscript',
    request: statsRequest,
    count: 40,
  },
]

const HANDLE = 'mayfly:agent/handler#handle'
// Fixed, so that a failure is not a matter of luck; fc.sample shows the request it was.
const SEED = 20_261_121

describe.for(SUBJECTS)('$name', async ({ example, engine, request, count }) => {
  const directory = fileURLToPath(new URL(`../../components/examples/${example}`, import.meta.url))
  const { component } = await buildAgent({ directory, engine })
  const requests = fc.sample(request, { numRuns: count, seed: SEED })

  async function open(marks: boolean): Promise<OpenSlot> {
    return openSlot(component, { marks, host: { call: () => 0 } })
  }

  it.for([true, false])('is the image again after every request (marked: %s)', async (marks) => {
    let opened = await open(marks)
    let changes = 0
    let dropped = 0
    for (const each of requests) {
      const { slot, image, store, call, unmarked } = opened
      await call(HANDLE, each)
      changes += differences(slot.stamper.state, image, store).length
      if (marks) expect(unmarked()).toEqual([])
      if (slot.stamper.outgrown) {
        // A large body may have its collector take more than a slot keeps.
        dropped++
        expect(slot.stamper.stamp(image)).toBe('discard')
        opened = await open(marks)
        continue
      }
      expect(slot.stamper.stamp(image)).toBe('stamped')
      slot.instance.reset()
      expect(differences(slot.stamper.state, image, store)).toEqual([])
    }
    expect(changes).toBeGreaterThan(count)
    expect(dropped).toBeLessThan(count / 10)
  })

  it('answers as it did the first time', async () => {
    const { slot, image, call } = await open(true)
    const first = new Map<RequestRecord, unknown>()
    for (const each of [...requests, ...requests.toReversed()]) {
      const answer = await call(HANDLE, each)
      if (first.has(each)) expect(answer).toEqual(first.get(each))
      else first.set(each, answer)
      slot.stamper.stamp(image)
      slot.instance.reset()
    }
  })

  it('would be caught when a mark is missing', async () => {
    const { slot, image, store, call, unmarked, dropMark } = await open(true)
    for (const each of requests.slice(0, 10)) {
      await call(HANDLE, each)
      expect(dropMark()).toBe(true)
      expect(unmarked()).not.toEqual([])
      slot.stamper.stamp(image)
      expect(differences(slot.stamper.state, image, store)).not.toEqual([])
      new Uint8Array(slot.stamper.state.memories[0]?.map?.buffer ?? new ArrayBuffer()).fill(1)
      slot.stamper.stamp(image)
      slot.instance.reset()
    }
  })

  // Arguments of AssemblyScript lie in memory that it grows, and grown memory is cleared without marks.
  const test = it.skipIf(engine === 'assemblyscript')
  test('would be caught when what the host writes is not marked', async () => {
    const { slot, image, store, call, unmarked } = await open(true)
    for (const { memory } of slot.stamper.state.memories) slot.instance.onWrite(memory, undefined)
    let caught = 0
    for (const each of requests) {
      await call(HANDLE, each)
      caught += unmarked().length
      slot.stamper.stamp(image)
      slot.instance.reset()
    }
    expect(caught).toBeGreaterThan(0)
    expect(differences(slot.stamper.state, image, store)).not.toEqual([])
  })
})
