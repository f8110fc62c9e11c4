import { beforeAll, describe, expect, test } from 'vitest'
import { ComponentError } from '../../../runtime/link/index.ts'
import { componentizeQuickJs, EvaluationError } from './index.ts'
import { readSections } from './sections.ts'
import { loadTemplate } from './template.ts'
import { openAgent, textOf } from './testing/open-agent.ts'

// Made once, which takes longer than a test may.
beforeAll(async () => void (await loadTemplate()), 60_000)

const CODE = 10
const CORE_MODULE = 1

const ENGINE = `import { encodeUtf8, decodeUtf8, decodeLatin1, quiet } from 'mayfly:agent/engine'
const text = (value, headers = []) => ({ status: 200, headers, body: encodeUtf8(String(value)) })
`

/** Returns an agent with `body` as the body of its `handle`; `r` is the request. */
function handler(body: string, top = ''): string {
  return `${ENGINE}${top}
export const handler = { async handle(r) { ${body} } }`
}

describe('componentizeQuickJs()', () => {
  test('answers with what the agent returns, now or later', async () => {
    const now = await openAgent(
      `${ENGINE} export const handler = { handle: (r) => text(r.method) }`,
    )
    expect(textOf(await now())).toBe('GET')
    const later = await openAgent(
      handler(`for (let i = 0; i < 100; i++) await i; return text(r.url)`),
    )
    expect(textOf(await later({ url: 'http://x/ü' }))).toBe('http://x/ü')
  })

  test('passes headers both ways, in order and with duplicates', async () => {
    const agent = await openAgent(
      handler(`return { status: 201, headers: r.headers, body: r.body }`),
    )
    const headers = [
      ['set-cookie', 'a=1'],
      ['x-text', 'žluťoučký 🦟'],
      ['set-cookie', 'b=2'],
      ['x-empty', ''],
    ] as const
    expect(await agent({ headers })).toEqual({ status: 201, headers, body: new Uint8Array(0) })
    const many = Array.from({ length: 2000 }, (_, at) => [`x-${at}`, 'v'.repeat(at % 50)] as const)
    expect((await agent({ headers: many })).headers).toEqual(many)
  })

  test('passes a megabyte both ways', async () => {
    const agent = await openAgent(handler(`return { status: 200, headers: [], body: r.body }`))
    const body = Uint8Array.from({ length: 1 << 20 }, (_, at) => at * 7)
    expect(Buffer.compare((await agent({ body })).body, body)).toBe(0)
    const large = await openAgent(handler(`return text('ab'.repeat(1 << 19))`))
    expect((await large()).body.length).toBe(1 << 20)
  })

  test('sends a text in UTF-8', async () => {
    const agent = await openAgent(
      handler(`return { status: 200, headers: [], body: decodeURIComponent(r.url.slice(9)) }`),
    )
    for (const text of ['', 'plain', 'café', 'žluťoučký 🦟', 'x'.repeat(100_000)]) {
      expect(textOf(await agent({ url: `http://x/${encodeURIComponent(text)}` }))).toBe(text)
    }
    const lone = await openAgent(handler(`return { status: 200, headers: [], body: 'a\\ud800b' }`))
    expect(textOf(await lone())).toBe('a\ufffdb')
    const joined = await openAgent(
      handler(
        `const a = r.url.repeat(500); return { status: 200, headers: [], body: a + r.method + a }`,
      ),
    )
    expect(textOf(await joined())).toBe(`${'http://x/'.repeat(500)}GET${'http://x/'.repeat(500)}`)
  })

  test('sends only the part of a buffer that a view shows', async () => {
    const agent = await openAgent(
      handler(
        `return { status: 200, headers: [], body: new Uint8Array([1, 2, 3, 4]).subarray(1, 3) }`,
      ),
    )
    expect([...(await agent()).body]).toEqual([2, 3])
  })

  test('makes lone surrogates U+FFFD', async () => {
    const agent = await openAgent(
      handler(
        `return text('a\\ud800b\\udc00', [['x', 'long enough to be more than eight \\udfff']])`,
      ),
    )
    const answer = await agent()
    expect(textOf(answer)).toBe('a\ufffdb\ufffd')
    expect(answer.headers).toEqual([['x', 'long enough to be more than eight \ufffd']])
  })

  test('finds the state of the build at each request', async () => {
    const agent = await openAgent(handler(`return text(++count)`, `let count = 41`))
    expect(textOf(await agent())).toBe('42')
    expect(textOf(await agent())).toBe('42')
  })

  test('makes the same bytes of the same source, and the same code of any', async () => {
    const source = handler(
      `return text(seed)`,
      `import { next } from 'mayfly:agent/random@0.2.0'\nconst seed = next() + Date.now()`,
    )
    const [first, second, other] = await Promise.all(
      [source, source, handler(`return text('other')`)].map((each) =>
        componentizeQuickJs({ source: each }),
      ),
    )
    expect(Buffer.compare(first ?? EMPTY, second ?? EMPTY)).toBe(0)
    expect(Buffer.compare(codeOf(first), codeOf(other))).toBe(0)
    expect(Buffer.compare(first ?? EMPTY, other ?? EMPTY)).not.toBe(0)
  })
})

describe('an agent that fails', () => {
  test('says what it threw', async () => {
    const agent = await openAgent(handler(`await 1; throw new TypeError('broken')`))
    await expect(agent()).rejects.toThrow(ComponentError)
    await expect(agent()).rejects.toMatchObject({
      payload: expect.stringMatching(/^TypeError: broken\n\s+at handle/),
    })
    const plain = await openAgent(handler(`throw 'as it is'`))
    await expect(plain()).rejects.toMatchObject({ payload: 'as it is' })
    const nothing = await openAgent(handler(``))
    await expect(nothing()).rejects.toMatchObject({ payload: expect.stringContaining('TypeError') })
    const wrong = await openAgent(handler(`return { status: 200, headers: [], body: 7 }`))
    await expect(wrong()).rejects.toMatchObject({ payload: expect.stringContaining('Error') })
  })

  test('gets a RangeError where the engine itself recurses too deep, and nothing else notices', async () => {
    const agent = await openAgent(
      handler(`if (r.body.length > 0) JSON.parse('['.repeat(1e6)); return text('fine')`),
    )
    await expect(agent({ body: new Uint8Array(1) })).rejects.toMatchObject({
      payload: expect.stringContaining('RangeError'),
    })
    expect(textOf(await agent())).toBe('fine')
  })

  test('gets an error when its promise never settles', async () => {
    const agent = await openAgent(handler(`await new Promise(() => {})`))
    await expect(agent()).rejects.toMatchObject({
      payload: 'Cannot answer: the promise the agent returned never settles',
    })
  })

  test('catches the error of a recursion without end', async () => {
    const plain = `const f = (n) => f(n + 1) + 1; try { f(0) } catch (e) { return text(e.name) }`
    expect(textOf(await (await openAgent(handler(plain)))())).toBe('RangeError')
    const nested = [
      `const o = { get x() { return this.x } }; try { o.x } catch (e) { return text(e.name) }`,
      `const f = () => [1].map(f); try { f() } catch (e) { return text(e.name) }`,
      `const f = () => 'a'.replace(/a/, f); try { f() } catch (e) { return text(e.name) }`,
      `const p = {}; p.p = new Proxy(p, { get(t, k, r) { return r[k] } }); try { p.p.x } catch (e) { return text(e.name) }`,
      `class A { constructor() { new A() } }; try { new A() } catch (e) { return text(e.name) }`,
      `const f = () => { for (const x of { [Symbol.iterator]: f }) {} }; try { f() } catch (e) { return text(e.name) }`,
      `const f = () => Reflect.apply(f, null, []); try { f() } catch (e) { return text(e.name) }`,
      `const f = () => [2, 1].sort(f); try { f() } catch (e) { return text(e.name) }`,
      `const f = () => JSON.parse('[1]', f); try { f() } catch (e) { return text(e.name) }`,
    ]
    for (const body of nested) {
      expect(textOf(await (await openAgent(handler(body)))()), body).toBe('RangeError')
    }
    const uncaught = await openAgent(handler(`const f = () => f(); f()`))
    await expect(uncaught()).rejects.toMatchObject({
      payload: expect.stringContaining('RangeError'),
    })
  })
})

describe('an agent that does not build', () => {
  test('throws what its module threw, with frames', async () => {
    const failing = componentizeQuickJs({
      source: `const f = () => { throw new Error('early') }\nf()`,
    })
    await expect(failing).rejects.toThrow(EvaluationError)
    await expect(failing).rejects.toMatchObject({
      message: 'Error: early',
      frames: expect.stringMatching(/agent\.js:1:\d+/),
    })
  })

  test('says where the syntax is wrong, what is missing and what never settles', async () => {
    const build = (source: string): Promise<unknown> => componentizeQuickJs({ source })
    await expect(build('let = = 1')).rejects.toThrow(/SyntaxError/)
    await expect(build('export const other = 1')).rejects.toThrow(/exports no "handler"/)
    await expect(build('import "mayfly:agent/nothing"')).rejects.toThrow(/nothing/)
    await expect(build('await new Promise(() => {})')).rejects.toThrow(/never settles/)
  })

  test('refuses calls of the host', async () => {
    const source = `import { get } from 'mayfly:agent/kv@0.2.0'\nget('a', 'b')`
    await expect(componentizeQuickJs({ source })).rejects.toMatchObject({
      code: 'ERR_BUILD_FAILED',
    })
  })
})

const EMPTY = new Uint8Array(0)

function codeOf(component: Uint8Array = EMPTY): Uint8Array {
  const core = readSections(component).find(({ id }) => id === CORE_MODULE)?.content ?? EMPTY
  return readSections(core).find(({ id }) => id === CODE)?.content ?? EMPTY
}
