import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../host/toolchain/index.ts'
import { Runtime } from '../../runtime/presets/index.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../../runtime/testing/peers.ts'
import { missingToolchain } from '../../runtime/wasi/testing/compile-c.ts'

const runtime = new Runtime({
  drivers: {
    http: { name: 'fake', fetch: async () => new Response('Example Domain', { status: 200 }) },
  },
})
afterAll(() => runtime.close())

const missing = missingToolchain()

async function load(
  example: string,
): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const directory = fileURLToPath(new URL(example, import.meta.url))
  const agent = await runtime.load(await buildAgent({ directory }))
  return (path, init) => agent.fetch(new Request(`http://agent${path}`, init))
}

describe('hello', async () => {
  const get = await load('hello')

  it('answers with JSON', async () => {
    expect(await (await get('/')).json()).toEqual({ hello: 'world' })
  })

  it('reads the path and the query', async () => {
    expect(await (await get('/hello/Ada')).text()).toBe('Hello, Ada!')
    expect(await (await get('/hello/Ada?greeting=Gr%C3%BC%C3%9F%20dich')).text()).toBe(
      'Grüß dich, Ada!',
    )
  })

  it('echoes JSON', async () => {
    const init = { method: 'POST', body: '{"a":[1,"ä"]}' }
    expect(await (await get('/echo', init)).json()).toEqual({ a: [1, 'ä'] })
  })

  it('answers 404 elsewhere', async () => {
    expect((await get('/nowhere')).status).toBe(404)
  })
})

describe('counter', async () => {
  const get = await load('counter')

  it('counts by path, across requests', async () => {
    await get('/a')
    await get('/b')
    expect(await (await get('/a?again')).json()).toEqual({ path: '/a', visits: 2 })
  })
})

describe('fetcher', async () => {
  const get = await load('fetcher')

  it('fetches what it is granted', async () => {
    expect(await (await get('/')).json()).toMatchObject({
      url: 'https://example.com/',
      status: 200,
      characters: 14,
    })
  })

  it('is refused the rest', async () => {
    const response = await get('/?url=https://other.example/')
    expect([response.status, await response.json()]).toEqual([
      403,
      { url: 'https://other.example/', error: 'denied' },
    ])
  })
})

describe('relay', async () => {
  const get = await load('relay')
  const init = { method: 'POST', body: '{"prompt":"hello"}' }

  it('passes an answer on', async () => {
    expect(await (await get('/', init)).text()).toBe('Example Domain')
    expect(await (await get('/?count', init)).text()).toBe('Example Domain')
  })

  it('is refused another method than its manifest names', async () => {
    expect((await get('/')).status).toBe(500)
  })
})

describe('stream', async () => {
  const get = await load('stream')

  it('sends one event a chunk', async () => {
    const response = await get('/?count=2')
    const chunks: string[] = []
    for await (const chunk of response.body ?? []) chunks.push(new TextDecoder().decode(chunk))
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(chunks).toEqual([
      'event: tick\ndata: {"tick":1,"of":2}\n\n',
      'event: tick\ndata: {"tick":2,"of":2}\n\n',
    ])
  })
})

describe('javy-shout', async () => {
  const get = await load('javy-shout')

  it('reads standard input and writes standard output', async () => {
    const response = await get('/', { method: 'POST', body: ' grüß dich \n' })
    expect([response.status, await response.text()]).toEqual([200, 'GRÜSS DICH!\n'])
  })

  it('fails when it throws', async () => {
    expect((await get('/')).status).toBe(500)
    expect((await get('/', { method: 'POST', body: new Uint8Array([0xff]) })).status).toBe(500)
  })
})

describe.skipIf(missing !== undefined)(`c-words (${missing ?? 'clang'})`, () => {
  it('counts', async () => {
    const count = await load('c-words')
    const body = 'to be\nor not to be\n'
    const response = await count('/', { method: 'POST', body })
    expect(await response.json()).toEqual({ lines: 2, words: 6, bytes: body.length })
    expect(await (await count('/')).json()).toEqual({ lines: 0, words: 0, bytes: 0 })
  })
})

// Its compiler takes ten seconds on an idle machine, when it has not been built before.
describe.runIf(HAS_PEERS)(`starlingmonkey-digest (${NEEDS_PEERS})`, { timeout: 180_000 }, () => {
  it('digests with the Web APIs of its engine', async () => {
    const digest = await load('starlingmonkey-digest')
    const init = { method: 'POST', body: 'hello' }
    expect(await (await digest('/', init)).json()).toEqual({
      algorithm: 'SHA-256',
      digest: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    })
    expect(await (await digest('/?algorithm=SHA-1', init)).json()).toMatchObject({
      digest: 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d',
    })
    expect((await digest('/?algorithm=MD5', init)).status).toBe(400)
  })
})

describe('stats', async () => {
  const get = await load('stats')
  const describeCsv = async (csv: string): Promise<unknown> =>
    (await get('/', { method: 'POST', body: csv })).json()

  it('describes the numeric columns', async () => {
    const csv = '\ufeffname,"a ""b""",c\r\nx,1,2.5\r\ny,2,\r\n"z,\nz",3,-1e3\r\nw,10,1'
    expect(await describeCsv(csv)).toEqual({
      columns: [
        {
          name: 'a "b"',
          count: 4,
          mean: 4,
          standardDeviation: Math.sqrt(50 / 3),
          min: 1,
          q1: 1.75,
          median: 2.5,
          q3: 4.75,
          max: 10,
        },
        expect.objectContaining({ name: 'c', count: 3, min: -1000, median: 1, max: 2.5 }),
      ],
    })
  })

  it('has no deviation for a single value', async () => {
    expect(await describeCsv('a\n1')).toMatchObject({ columns: [{ standardDeviation: null }] })
  })

  it('answers an empty file and refuses other methods', async () => {
    expect(await describeCsv('')).toEqual({ columns: [] })
    expect((await get('/')).status).toBe(405)
  })

  // Rounding is hardest at ties, at the ends of the range and among the subnormals.
  it('reads numbers as JavaScript does', async () => {
    const numbers = [
      ...['9007199254740993', '9007199254740992.999999999999999999', '1e23', '8.5e22', '5e-324'],
      ...['2.4703282292062327e-324', '2.4703282292062328e-324', '1.7976931348623157e308'],
      ...['2.2250738585072011e-308', '123456789012345678901234567890', '.5', '5.', '+7', '1e-400'],
      ...Array.from({ length: 500 }, (_, index) => String(Math.sin(index) * 10 ** (index - 250))),
    ]
    const header = numbers.map((_, index) => `c${index}`).join(',')
    const { columns } = (await describeCsv(`${header}\n${numbers.join(',')}`)) as {
      columns: { max: number }[]
    }
    expect(columns.map(({ max }) => max)).toEqual(numbers.map(Number))
  })
})

describe('lines', async () => {
  const get = await load('lines')
  const count = async (body: BodyInit): Promise<unknown> =>
    (await get('/', { method: 'POST', body, duplex: 'half' } as RequestInit)).json()

  it('counts the lines of a text', async () => {
    expect(await count('one\ntwo')).toEqual({ lines: 2, bytes: 7 })
    expect(await count('one\ntwo\n')).toEqual({ lines: 2, bytes: 8 })
    expect(await count('')).toEqual({ lines: 0, bytes: 0 })
    expect((await get('/')).status).toBe(405)
  })

  it('counts those of more than it has memory for', async () => {
    const line = `${'a'.repeat(1023)}\n`
    const piece = new TextEncoder().encode(line.repeat(32))
    let left = 512
    const body = new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue(piece) : controller.close()),
    })
    expect(await count(body)).toEqual({ lines: 16_384, bytes: 2 ** 24 })
  })
})

describe('pages', async () => {
  const get = await load('pages')

  it('fetches two pages at once, and counts', async () => {
    expect(await (await get('/')).json()).toEqual({ request: 1, com: 14, org: 14 })
    expect(await (await get('/')).json()).toMatchObject({ request: 2 })
  })
})

describe('planner', async () => {
  const [plan, search, calc, report] = await Promise.all(
    ['planner', 'search', 'calc', 'report'].map((example) => load(example)),
  )
  if (!plan || !search || !calc || !report) throw new Error('unloaded')

  it('prices a list with its tools', async () => {
    expect(await (await plan('/?tea=3&bread=2&unicorn=1')).json()).toEqual({
      number: 1,
      lines: ['tea at 4.50', 'bread at 3.20'],
      total: '19.90',
    })
  })

  it('sees what a tool has stored, and leaves every tool its own state', async () => {
    await search('/', { method: 'PUT', body: '{"tea":5}' })
    expect(await (await plan('/?tea=1')).json()).toMatchObject({ number: 2, total: '5.00' })
  })

  it('computes amounts, and reports without a planner as well', async () => {
    expect(await (await plan('/?tea=2*(1%2B1)')).json()).toMatchObject({ total: '20.00' })
    const body = '{"list":[{"item":"tea","amount":2}],"prices":[{"item":"tea","price":1.5}]}'
    expect(await (await report('/', { method: 'POST', body })).json()).toMatchObject({
      total: '3.00',
    })
  })

  it('says that an amount is no number', async () => {
    const response = await plan('/?tea=two')
    expect([response.status, await response.json()]).toEqual([400, { error: 'malformed' }])
  })

  it.for([
    ['1 + 2 * 3', 7],
    ['-(1 - 4) / 2', 1.5],
    [' 2*(3+(4)) ', 14],
    ['1 / 0', null],
  ])('computes %s', async ([expression, value]) => {
    const init = { method: 'POST', body: JSON.stringify(expression) }
    expect(await (await calc('/', init)).json()).toBe(value)
  })

  it.for(['', '"', '""', '"1+"', '"1 2"', '"(1"', '"alert(1)"', `"${'('.repeat(5000)}"`])(
    'refuses to compute %s',
    async (body) => expect((await calc('/', { method: 'POST', body })).status).toBe(400),
  )
})
