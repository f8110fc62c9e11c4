import { beforeAll, describe, expect, test, vi } from 'vitest'
import { ComponentError } from '../../../runtime/link/index.ts'
import { loadTemplate } from './template.ts'
import { openAgent, textOf } from './testing/open-agent.ts'

// Made once, which takes longer than a test may.
beforeAll(async () => void (await loadTemplate()), 60_000)

const TOP = `import * as kv from 'mayfly:agent/kv@0.2.0'
import * as http from 'mayfly:agent/http@0.2.0'
import * as log from 'mayfly:agent/log@0.2.0'
import * as config from 'mayfly:agent/config@0.2.0'
import * as clock from 'mayfly:agent/clock@0.2.0'
import * as random from 'mayfly:agent/random@0.2.0'
import * as responseBody from 'mayfly:agent/response-body@0.2.0'
import { cancelCall, decodeLatin1, decodeUtf8, encodeUtf8, parseJson } from 'mayfly:agent/engine'
const request = (url) => ({ method: 'POST', url, headers: [['a', 'b']], body: encodeUtf8('sent') })
const caught = async (call) => { try { return await call() } catch (e) { return [e instanceof Error, e.payload] } }
`

/** Runs `body`, which ends with the value to be seen, in an agent on `host`. */
async function run(body: string, host: Record<string, object> = {}): Promise<unknown> {
  const agent = await openAgent(`${TOP}
export const handler = { async handle(r) {
  const value = await (async () => { ${body} })()
  return { status: 200, headers: [], body: encodeUtf8(JSON.stringify(value) ?? 'undefined') }
} }`)
  return JSON.parse(textOf(await agent({}, host)))
}

const later = <T>(value: T): Promise<T> => new Promise((resolve) => setTimeout(resolve, 1, value))

describe('kv', () => {
  test('gets, sets, deletes, lists and increments, waiting for each', async () => {
    const store = new Map<string, Uint8Array>()
    const kv = {
      get: (name: string, key: string) => later(store.get(name + key)),
      set: (name: string, key: string, value: Uint8Array) =>
        later(undefined).then(() => void store.set(name + key, value.slice())),
      delete: (name: string, key: string) => void store.delete(name + key),
      keys: (name: string, prefix: string, cursor: string | undefined, limit: number) =>
        later({
          keys: [name, prefix, cursor ?? 'none', String(limit), 'ž'],
          cursor: cursor && 'next',
        }),
      increment: (_name: string, _key: string, delta: bigint) => delta * 2n,
    }
    const body = `
      await kv.set('s', 'k', new Uint8Array([1, 2, 255]))
      const got = [...(await kv.get('s', 'k'))]
      kv.delete('s', 'k')
      return [got, await kv.get('s', 'k'), await kv.keys('s', 'p', null, 7),
        await kv.keys('s', '', 'c', 1000), kv.increment('s', 'n', -21)]`
    expect(await run(body, { 'mayfly:agent/kv': kv })).toEqual([
      [1, 2, 255],
      null,
      { keys: ['s', 'p', 'none', '7', 'ž'], cursor: null },
      { keys: ['s', '', 'c', '1000', 'ž'], cursor: 'next' },
      -42,
    ])
  })

  test('puts, swaps and batches, waiting for each', async () => {
    const seen: unknown[] = []
    const note = (...args: unknown[]) => {
      seen.push(args)
      return later(undefined)
    }
    const kv = {
      put: note,
      compareAndSet: async (...args: unknown[]) => {
        await note(...args)
        return args[2] === undefined
      },
      getMany: (_store: string, keys: string[]) =>
        later(keys.map((key) => (key === 'none' ? undefined : new TextEncoder().encode(key)))),
      setMany: note,
      deleteMany: note,
    }
    const body = `
      const bytes = new Uint8Array([1, 255])
      await kv.put('s', 'k', bytes, 1.5)
      const swaps = await Promise.all([
        kv.compareAndSet('s', 'k', null, bytes, null), kv.compareAndSet('s', 'k', bytes, undefined, 7)])
      await kv.setMany('s', [['a', bytes], ['ž', new Uint8Array()]])
      await kv.setMany('s', [])
      await kv.deleteMany('s', ['a', 'ž'])
      const many = await kv.getMany('s', ['é', 'none', ''])
      return [swaps, many.map((b) => b && decodeUtf8(b)), await kv.getMany('s', [])]`
    const [swaps, values, none] = (await run(body, { 'mayfly:agent/kv': kv })) as unknown[]
    expect([swaps, values, none]).toEqual([[true, false], ['é', null, ''], []])
    const bytes = Uint8Array.of(1, 255)
    expect(seen).toEqual([
      ['s', 'k', bytes, 1.5],
      ['s', 'k', undefined, bytes, undefined],
      ['s', 'k', bytes, undefined, 7],
      [
        's',
        [
          ['a', bytes],
          ['ž', new Uint8Array()],
        ],
      ],
      ['s', []],
      ['s', ['a', 'ž']],
    ])
  })

  test('takes no list of something else, and does not trap', async () => {
    const body = `return [undefined, 1, [Symbol()], [{ toString() { throw 1 } }], [['a', 1]], [['a']], [1]].map((odd) =>
      [() => kv.setMany('s', odd), () => kv.getMany('s', odd)].map((call) => {
        try { call(); return 'called' } catch (e) { return e.payload ?? 'thrown' } }))`
    const kv = { getMany: () => [], setMany: () => undefined }
    const outcomes = (await run(body, { 'mayfly:agent/kv': kv })) as string[][]
    expect(outcomes.map(([set]) => set)).toEqual(Array(7).fill('thrown'))
    expect(outcomes.map(([, get]) => get)).toEqual([
      'thrown',
      'called',
      'thrown',
      'thrown',
      'called',
      'called',
      'called',
    ])
  })

  test('throws each error case as an error with that payload', async () => {
    for (const payload of ['denied', 'limited', 'malformed', 'unavailable']) {
      const refuse = (): never => {
        throw new ComponentError(payload)
      }
      const kv = { get: refuse, set: refuse, delete: refuse, keys: refuse, increment: refuse }
      const body = `return Promise.all([caught(() => kv.get('a', 'b')), caught(() => kv.set('a', 'b', new Uint8Array())),
        caught(() => kv.delete('a', 'b')), caught(() => kv.keys('a', '', null, 1)), caught(() => kv.increment('a', 'b', 1))])`
      expect(await run(body, { 'mayfly:agent/kv': kv })).toEqual(Array(5).fill([true, payload]))
    }
  })

  test('throws for arguments of another type, and does not trap', async () => {
    const body = `return ['a', 1, undefined, Symbol(), { toString() { throw 1 } }].map((odd) => {
      try { kv.set(odd, odd, odd); return 'set' } catch (e) { return 'thrown' } })`
    expect(await run(body, {})).toEqual(Array(5).fill('thrown'))
  })
})

describe('http', () => {
  const answer = {
    status: 207,
    headers: [
      ['x', '1'],
      ['x', '2'],
    ],
    body: new Uint8Array([104, 105]),
    redirectedTo: 'http://e/',
    decoded: true,
  }

  test('sends and waits', async () => {
    const send = vi.fn(() => later(answer))
    const body = `const a = await http.send(request('http://é/'), 'manual'); return { ...a, body: decodeUtf8(a.body) }`
    expect(await run(body, { 'mayfly:agent/http': { send } })).toEqual({ ...answer, body: 'hi' })
    const sent = {
      method: 'POST',
      url: 'http://é/',
      headers: [['a', 'b']],
      body: new TextEncoder().encode('sent'),
    }
    expect(send).toHaveBeenCalledWith(sent, 'manual')
  })

  test('passes on each mode for redirects, and no other', async () => {
    const send = vi.fn(() => ({ ...answer, redirectedTo: undefined, decoded: false }))
    const body = `
      const seen = []
      for (const mode of ['follow', 'manual', 'error', 'x', undefined, 1]) {
        try { seen.push((await http.send(request('a'), mode)).redirectedTo) } catch (e) { seen.push(e.name) }
      }
      return seen`
    const refused = Array(3).fill('TypeError')
    expect(await run(body, { 'mayfly:agent/http': { send } })).toEqual([
      null,
      null,
      null,
      ...refused,
    ])
    expect(send.mock.calls.map((call) => call.at(1))).toEqual(['follow', 'manual', 'error'])
  })

  test('has several under way, gets each as it is there, and gives one up', async () => {
    let last = 0
    const ends: (() => void)[] = []
    const http = {
      send: () => {
        const status = 200 + ++last
        return new Promise((resolve) => {
          ends[status] = () => resolve({ ...answer, status })
          if (last === 3) setTimeout(() => [203, 201].forEach((at) => ends[at]?.()))
        })
      },
    }
    const body = `
      const seen = []
      const out = ['a', 'b', 'c'].map((url) => http.send(request(url), 'follow'))
      for (const one of out) one.then(({ status }) => seen.push(status))
      await Promise.all([out[0], out[2]])
      return [seen, cancelCall(out[1]), cancelCall(out[1]), cancelCall(out[0])]`
    expect(await run(body, { 'mayfly:agent/http': http })).toEqual([
      [203, 201],
      ...[true, false, false],
    ])
  })

  test('throws each error case as an error with that payload', async () => {
    for (const payload of [
      'denied',
      'limited',
      'malformed',
      'timeout',
      'unavailable',
      'redirected',
    ]) {
      const refuse = (): never => {
        throw new ComponentError(payload)
      }
      const body = `return Promise.all([caught(() => http.send(request('a'), 'follow')), caught(() => http.sendForBlob(request('a'), 'follow'))])`
      const now = { send: refuse, sendForBlob: refuse }
      const late = { send: async () => refuse(), sendForBlob: async () => refuse() }
      for (const http of [now, late]) {
        expect(await run(body, { 'mayfly:agent/http': http })).toEqual(
          Array(2).fill([true, payload]),
        )
      }
    }
  })
})

describe('the small interfaces', () => {
  test('log, config, clock and response-body reach the host', async () => {
    const lines: unknown[] = []
    const host = {
      'mayfly:agent/log': { write: (...line: unknown[]) => void lines.push(line) },
      'mayfly:agent/config': {
        get: (key: string) => (key === 'a' ? '1' : undefined),
        all: () => [['a', '1']],
      },
      'mayfly:agent/clock': { now: () => 1234.5, monotonic: () => 99 },
      'mayfly:agent/response-body': {
        start: () => {
          throw new ComponentError('misused')
        },
        write: (chunk: Uint8Array) => void lines.push([...chunk]),
      },
    }
    const body = `log.write('warn', 'ü'); responseBody.write(new Uint8Array([7]))
      return [config.get('a'), config.get('b'), config.all(), clock.now(), clock.monotonic(),
        await caught(() => responseBody.start(200, [['a', 'b']]))]`
    expect(await run(body, host)).toEqual(['1', null, [['a', '1']], 1234.5, 99, [true, 'misused']])
    expect(lines).toEqual([['warn', 'ü'], [7]])
  })

  test('random numbers are drawn at each call, whatever the build drew', async () => {
    let state = 1n
    const random = {
      next: () => (state = BigInt.asUintN(64, state * 0x9e3779b97f4a7c15n)),
      bytes: (n: number) => new Uint8Array(n).fill(5),
    }
    const body = `return [random.next() !== random.next(), [...random.bytes(3)], random.next() > 0]`
    expect(await run(body, { 'mayfly:agent/random': random })).toEqual([true, [5, 5, 5], true])
    const agent = await openAgent(`import { serve } from 'mayfly/guest/serve'
      import { next } from 'mayfly:agent/random@0.2.0'
      next()
      export const handler = serve(() => new Response(String(Math.random())))`)
    const draw = async (byte: number): Promise<string> =>
      textOf(
        await agent(
          {},
          { 'mayfly:agent/random': { bytes: (n: number) => new Uint8Array(n).fill(byte) } },
        ),
      )
    expect(await draw(0)).toBe('0')
    expect(await draw(255)).toBe(String(1 - 2 ** -53))
  })

  test('text codecs agree with the platform', async () => {
    const texts = [
      '',
      'plain ascii text, longer than eight',
      'žluť',
      '🦟🦟',
      'a\0b',
      'ascii then ü',
      '\u07ff\u0800\uffff',
    ]
    const body = `return ${JSON.stringify(texts)}.map((t) => [[...encodeUtf8(t)], decodeUtf8(encodeUtf8(t)) === t])`
    expect(await run(body)).toEqual(
      texts.map((text) => [[...new TextEncoder().encode(text)], true]),
    )
    const malformed = [
      [0x80],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xe2, 0x82],
      [0xf0, 0x80, 0x80, 0x80],
    ]
    const decode = `return ${JSON.stringify(malformed)}.map((b) => decodeUtf8(new Uint8Array(b)) === undefined)`
    expect(await run(decode)).toEqual(malformed.map(() => true))
    const latin = `return decodeLatin1(Uint8Array.from({ length: 256 }, (_, i) => i))`
    expect(await run(latin)).toBe(String.fromCharCode(...Array(256).keys()))
  })

  test('JSON texts are read as JSON.parse reads them', async () => {
    const texts = [
      'null',
      ' [1, -0, 1e400, 12345678901234567890, 0.1] ',
      '{"a":1,"a":2,"__proto__":{"b":3},"1":4,"žluť":"🦟\\ud800"}',
      `{"long":"${'x'.repeat(40_000)}"}`,
      `${'['.repeat(200)}${']'.repeat(200)}`,
      '',
      '{"a":',
      '"open',
      '1 2',
      '1\0',
      '"\0"',
      "{'a':1}",
      'undefined',
    ]
    const body = `
      const end = (read) => { try { return JSON.stringify(read()) } catch (e) { return String(e) } }
      return ${JSON.stringify(texts)}.map((text) => [
        end(() => parseJson(encodeUtf8('ab' + text + 'c').subarray(2, -1))),
        end(() => JSON.parse(text)),
      ])`
    const ends = (await run(body)) as [string, string][]
    for (const [ours, theirs] of ends) expect(ours).toBe(theirs)
    expect(ends[0]).toEqual(['null', 'null'])
    expect(ends[5]?.[0]).toContain('SyntaxError')
    // Too deep for the stack: the guest ends, whichever of the two reads it.
    for (const read of ['parseJson(encodeUtf8(text))', 'JSON.parse(text)'])
      await expect(run(`const text = '['.repeat(200_000); return ${read}`)).rejects.toThrow('stack')
    const left = `return ${JSON.stringify([
      [0x22, 0xff, 0x22],
      [0xef, 0xbb, 0xbf, 0x31],
    ])}.map((b) => parseJson(new Uint8Array(b)) === undefined)`
    expect(await run(left)).toEqual([true, true])
    expect(
      await run(
        'return [0, "1", {}].map((b) => { try { return parseJson(b) } catch (e) { return e.name } })',
      ),
    ).toEqual(Array(3).fill('TypeError'))
  })
})
