/** Golden cases: `cases/valid` parses to its `.out`, `cases/invalid` is refused with its `.err`. @module */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { config } from 'zod/mini'
import { isMayflyError } from '../errors/index.ts'
import { manifestFromObject, parseManifest } from './parse.ts'

const CASES = new URL('cases/', import.meta.url).pathname
const valid = globSync(`${CASES}valid/*.json`).toSorted()
const invalid = globSync(`${CASES}invalid/*.json`).toSorted()

function read(path: string): string {
  return readFileSync(path, 'utf8')
}

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (isMayflyError(error) && error.code === 'ERR_MANIFEST_INVALID') return error.message
    throw error
  }
  throw new Error('was not refused')
}

describe('parseManifest()', () => {
  test.each(valid.map((path) => [basename(path), path]))('takes %s', async (_, path) => {
    const manifest = parseManifest(read(path), { file: 'agent.json' })
    const golden = path.replace(/json$/, 'out')
    await expect(`${JSON.stringify(manifest, undefined, 2)}\n`).toMatchFileSnapshot(golden)
  })

  test.each(invalid.map((path) => [basename(path), path]))('refuses %s', async (_, path) => {
    const message = messageOf(() => parseManifest(read(path), { file: 'agent.json' }))
    await expect(`${message}\n`).toMatchFileSnapshot(path.replace(/json$/, 'err'))
  })

  test.each([
    ['lists', '['.repeat(200_000)],
    ['objects', '{"a":'.repeat(200_000)],
  ])('refuses %s nested without end', (_, text) => {
    const message = messageOf(() => parseManifest(`{ "x": ${text}`, { file: 'agent.json' }))
    expect(message).toMatch(/agent\.json:1:\d+: expected no more than 50 levels$/)
  })

  test('refuses http rules with more combinations than a deploy can compare', () => {
    const http = (count: number): unknown => {
      const paths = Array.from({ length: count }, (_, index) => `/p${index}`)
      const rule = { host: 'a.test', port: [80, 443], methods: ['GET', 'POST'], paths }
      return { name: 'a', capabilities: { http: [rule] } }
    }
    expect(manifestFromObject(http(1_250)).capabilities.http).toHaveLength(1)
    expect(messageOf(() => manifestFromObject(http(1_251)))).toMatch(
      /capabilities\.http: expected rules with at most 5000 combinations of port, method and path/,
    )
  })

  // A client with a token sends such documents. Compared each with each, they would hold the thread for minutes.
  test('refuses a document of nothing but problems at once', () => {
    const wrong = Object.fromEntries(
      Array.from({ length: 300_000 }, (_, index) => [`k${index}`, 0]),
    )
    const lost = Array.from({ length: 300_000 }, () => JSON.parse('{ "__proto__": 1 }') as unknown)
    expect(messageOf(() => manifestFromObject({ ...wrong, lost })).split('\n')).toHaveLength(101)
    const long = 'k'.repeat(1_000_000)
    expect(messageOf(() => manifestFromObject({ name: 'a', [long]: 0 }))).toContain('a known key')
  })

  test.each([
    ['nowhere', (deep: unknown) => ({ name: 'a', x: deep })],
    [
      'where any value may be',
      (deep: unknown) => ({
        name: 'a',
        capabilities: { tools: { b: { narrow: { 'kv.x': { access: deep } } } } },
      }),
    ],
  ])('refuses an object nested without end %s', (_, manifest) => {
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))
    const message = messageOf(() => manifestFromObject(manifest(nested(200_000))))
    expect(message).toContain('expected no more than 50 levels')
  })

  test.each(['/*', '/shop/-/*', '/-x/*', '/x-', '/.well-known/*', '/...', '/a..b/'])(
    'takes route "%s"',
    (route) => {
      expect(manifestFromObject({ name: 'a', route }).route).toBe(route)
    },
  )

  test.each([
    ['/-/*', 'outside of "/-/", where the control plane answers'],
    ['/-', 'outside of "/-/", where the control plane answers'],
    ['/-/', 'outside of "/-/", where the control plane answers'],
    ['/-/agents', 'outside of "/-/", where the control plane answers'],
    ['/a/../-/x', 'without "." and ".."'],
    ['/../*', 'without "." and ".."'],
    ['/..', 'without "." and ".."'],
    ['/./-/*', 'without "." and ".."'],
    ['/a/./*', 'without "." and ".."'],
  ])('refuses route "%s", which no request reaches', (route, reason) => {
    const message = messageOf(() => manifestFromObject({ name: 'a', route }))
    expect(message).toContain(`route: expected a path ${reason}`)
    expect(message.split('\n')).toHaveLength(2)
  })

  test('lists a hundred problems, however many there are', () => {
    const keys = Array.from({ length: 5_000 }, (_, index) => `"k${index}": 0, "k${index}": 0`)
    for (const text of [
      `{ ${keys.join()} }`,
      `[${','.repeat(5_000)}]`,
      `{ ${keys.slice(0, 1)} }`,
    ]) {
      const message = messageOf(() => parseManifest(text, { file: 'agent.json' }))
      expect(message.split('\n').length).toBeLessThanOrEqual(101)
    }
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, 0]))
    expect(messageOf(() => manifestFromObject(many)).split('\n')).toHaveLength(101)
  })

  test('freezes all of the manifest', () => {
    const manifest = parseManifest(read(`${CASES}valid/full.json`), { file: 'agent.json' })
    expect(Object.isFrozen(manifest)).toBe(true)
    expect(Object.isFrozen(manifest.capabilities.http?.[0]?.methods)).toBe(true)
  })
})

describe('manifestFromObject()', () => {
  test('needs no source or component', () => {
    expect(manifestFromObject({ name: 'hello' }).route).toBe('/hello/*')
  })

  test.each(valid.map((path) => [basename(path), path]))(
    'changes nothing in parsed %s',
    (_, path) => {
      const manifest = parseManifest(read(path), { file: 'agent.json' })
      expect(manifestFromObject(manifest)).toEqual(manifest)
    },
  )

  test.each([[undefined], [null], [3], ['hello'], [[]]])('refuses %j', (value) => {
    expect(messageOf(() => manifestFromObject(value))).toContain('expected an object')
  })

  test('says the same where another module has given zod words of its own', () => {
    const { localeError, customError } = config()
    const before = messageOf(() => manifestFromObject({ capabilities: { http: {} } }))
    config({ localeError: () => 'words of a locale', customError: () => 'words of a program' })
    try {
      expect(messageOf(() => manifestFromObject({ capabilities: { http: {} } }))).toBe(before)
    } finally {
      config({ localeError, customError })
    }
  })

  test('lists every problem by path', () => {
    expect(messageOf(() => manifestFromObject({ capabilities: { http: {} }, limits: { fule: 1 } })))
      .toBe(`Cannot read manifest "object": 3 problems
  name: expected a kebab-case name such as "hello-world", got nothing
  capabilities.http: expected a list, got an object
  limits.fule: expected a known key, got "fule", did you mean "fuel" (known: memoryBytes, deadlineMs, connectionMs, concurrency, requestBodyBytes, responseBodyBytes, metering, reset, fuel, outboundRequests, outboundBytes, inboundBytes, websocketMessages, kvOperations, queueMessages, logBytes, toolCalls, toolDepth, toolFanOut, cryptoOperations, blobBytes)`)
  })
})
