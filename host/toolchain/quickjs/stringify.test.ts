import { beforeAll, describe, expect, test } from 'vitest'
import { openAgent, textOf } from './testing/open-agent.ts'

/** Values by what they are, as expressions, each made anew for each of the two functions. */
const VALUES: Readonly<Record<string, string>> = {
  'plain values': `({ a: 'Ada', n: 42, yes: true, no: false, none: null, list: [1, 'b', [], {}] })`,
  'what is left out': `({ a: undefined, b: [undefined], [Symbol('s')]: 1, c: Symbol('s'), d() {}, e: [() => {}] })`,
  numbers: `[0, -0, 1, -1, 9, 10, -10, 2147483647, -2147483648, 2147483648, 0.1, -1.5e-7, 1e21, 5e-324,
    1.7976931348623157e308, NaN, Infinity, -Infinity, Number.MAX_SAFE_INTEGER]`,
  'numbers as objects': `[new Number(3), Object('text'), Object(true)]`,
  'a text alone': `'text'`,
  'nothing alone': `undefined`,
  'every character that is escaped': `[String.fromCharCode(...Array(300).keys()), '"', '\\\\', 'a"b\\\\c\\nd']`,
  'characters of each length': `['é', '€', '😀', '\\u2028\\u2029', '\\x7f', 'ÿ'.repeat(20), 'aé'.repeat(20)]`,
  'halves of surrogate pairs': `['\\ud800', 'a\\udfff', '\\ud83d\\ude00\\ud83d', { '\\ud800': 1 }, '\\ud7ff\\ue000']`,
  'texts of each length': `Array.from({ length: 40 }, (_, length) => 'x'.repeat(length) + '"' + 'y'.repeat(length))`,
  'texts made of others': `['a'.repeat(5000) + 'b', ('long' + 'er ').repeat(3000).slice(7, 9000)]`,
  'names that are escaped': `({ '"': 1, '\\n': 2, 'é': 3, '': 4 })`,
  'names that are indices': `({ b: 1, 2: 2, a: 3, 1: 4, '4000000000': 5, '01': 6, '-1': 7 })`,
  'names that begin with a digit': `({ b: 1, '3000000000': 2, '1a': 3 })`,
  'properties that were taken out': `(() => { const o = { a: 1, b: 2, c: 3, d: 4 }; delete o.b; delete o.d; o.b = 5; return o })()`,
  'many properties': `Object.fromEntries(Array.from({ length: 300 }, (_, at) => ['k' + at, at]))`,
  'hidden properties': `Object.defineProperty({ a: 1 }, 'b', { value: 2 })`,
  getters: `({ a: 1, get b() { return 2 }, c: 3 })`,
  'hidden getters': `Object.defineProperty({ a: 1 }, 'b', { get: () => 2 })`,
  'frozen objects': `Object.freeze({ a: Object.freeze([1]) })`,
  'objects without prototype': `Object.assign(Object.create(null), { a: 1 })`,
  'objects of a class': `new (class { a = 1; #b = 2; c = [this.#b] })()`,
  'objects that inherit': `Object.create({ a: 1 }, { b: { value: 2, enumerable: true } })`,
  'toJSON of its own': `({ a: { toJSON: (key) => 'j' + key }, b: [{ toJSON: () => undefined }] })`,
  'toJSON of its own that is none': `({ toJSON: 1, a: 2 })`,
  'toJSON of a class': `({ at: new Date(0), url: { toJSON() { return 'u' } } })`,
  'arrays with holes': `[1, , 3]`,
  'arrays that were made longer': `(() => { const list = [1]; list.length = 3; return list })()`,
  'arrays with other properties': `Object.assign([1, 2], { a: 1 })`,
  'arrays with toJSON': `Object.assign([1, 2], { toJSON: () => 'list' })`,
  'arrays of a class': `new (class extends Array {})(1, 2, 3)`,
  'typed arrays, maps and errors': `[new Uint8Array(2), new Map([[1, 2]]), new Set([1]), new Error('e'), /x/]`,
  proxies: `[new Proxy({ a: 1 }, {}), new Proxy([1], {})]`,
  'arguments of a function': `(function () { return arguments })(1, 'a')`,
  'the same value twice': `(() => { const o = { a: 1 }; return [o, o, { o }] })()`,
  'raw JSON': `typeof JSON.rawJSON === 'function' ? [JSON.rawJSON('1.0')] : []`,
  'deep values': `JSON.parse('['.repeat(63) + ']'.repeat(63))`,
  'deeper values': `JSON.parse('{"a":'.repeat(200) + '1' + '}'.repeat(200))`,
  'values that contain themselves': `(() => { const o = { a: [] }; o.a.push(o); return o })()`,
  bigints: `[1n]`,
  'a text longer than the stack of the adapter': `Array.from({ length: 900 }, (_, at) => ({ at, name: 'name ' + at }))`,
  'a text longer than any room': `Array.from({ length: 9000 }, (_, at) => ({ at, name: 'name ' + at }))`,
  'one long text': `'x'.repeat(200_000)`,
  'texts at the end of the room': `Array.from({ length: 60 }, (_, at) => 'z'.repeat(15_700 + at * 16))`,
}

/** What scripts may do to what all values inherit, and take back. */
const CHANGES: Readonly<Record<string, readonly [change: string, back: string]>> = {
  'toJSON of all objects': [
    `Object.prototype.toJSON = () => 'all'`,
    `delete Object.prototype.toJSON`,
  ],
  'toJSON of all arrays': [`Array.prototype.toJSON = () => 'all'`, `delete Array.prototype.toJSON`],
  'toJSON of all objects, by a getter': [
    `Object.defineProperty(Object.prototype, 'toJSON', { get: () => () => 'all', configurable: true })`,
    `delete Object.prototype.toJSON`,
  ],
  'another prototype of all arrays': [
    `Object.setPrototypeOf(Array.prototype, { toJSON: () => 'all' })`,
    `Object.setPrototypeOf(Array.prototype, Object.prototype)`,
  ],
}

const CASES = Object.entries(VALUES).map(
  ([name, value]) => `[${JSON.stringify(name)}, () => ${value}]`,
)

// With a second argument the engine's own function runs.
const SOURCE = `import { encodeUtf8 } from 'mayfly:agent/engine'
  const attempt = (call) => { try { return call() } catch (error) { return String(error) } }
  const own = (make) => attempt(() => JSON.stringify(make()))
  const engine = (make) => attempt(() => JSON.stringify(make(), null))
  const cases = [${CASES.join(',\n')}]
  const differing = () => cases.filter(([, make]) => own(make) !== engine(make)).map(([name]) => name)
  const changes = [${Object.entries(CHANGES)
    .map(
      ([name, [change, back]]) =>
        `[${JSON.stringify(name)}, () => { ${change} }, () => { ${back} }]`,
    )
    .join(',\n')}]
  const value = () => [{ a: 1, b: [2] }]
  const changed = changes.map(([name, change, back]) => {
    change()
    const texts = [own(value), engine(value)]
    back()
    return [name, ...texts]
  })
  const list = () => Array.from({ length: 20 }, (_, id) => ({ id, name: 'Ada', tags: ['a'] }))
  export const handler = { handle({ url }) {
    const found = url.endsWith('/changed') ? changed
      : url.endsWith('/texts') ? [own(cases[0][1]), own(() => undefined), own(list).length]
      : differing()
    return { status: 200, headers: [], body: encodeUtf8(JSON.stringify(found, null)) }
  } }`

describe('JSON.stringify()', () => {
  let agent: Awaited<ReturnType<typeof openAgent>>
  beforeAll(async () => {
    agent = await openAgent(SOURCE)
  })
  const ask = async (path: string): Promise<unknown> =>
    JSON.parse(await textOf(await agent({ url: `http://any/${path}` })))

  test('is that of the engine for every kind of value', async () => {
    expect(await ask('differing')).toEqual([])
  })

  test('gives the known texts', async () => {
    expect(await ask('texts')).toEqual([
      '{"a":"Ada","n":42,"yes":true,"no":false,"none":null,"list":[1,"b",[],{}]}',
      null,
      711,
    ])
  })

  test('sees what a script has changed about all values', async () => {
    for (const [name, own, engine] of (await ask('changed')) as string[][]) {
      expect(own, name).toBe(engine)
      expect(own, name).toContain('"all"')
    }
  })
})
