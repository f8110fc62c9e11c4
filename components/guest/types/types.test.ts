/** The declarations of `mayfly/types` beside the globals of an agent on our engine, both ways. @module */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../../host/toolchain/index.ts'
import { Runtime } from '../../../runtime/index.ts'
import { sharedCode } from '../../../runtime/testing/shared-code.ts'
import {
  declaredGlobals,
  languageGlobals,
  problemsOf,
  type Members,
} from './testing/declared-globals.ts'

const FIXTURE = fileURLToPath(new URL('./fixture', import.meta.url))
/** Declared for the types of packages alone. */
const NAMED_ONLY = ['onmessage']
const ALL = declaredGlobals(FIXTURE, 'tsconfig.json')
const DECLARED = new Map([...ALL].filter(([name]) => !NAMED_ONLY.includes(name)))
const LANGUAGE = languageGlobals(FIXTURE, 'tsconfig.json')
const LISTENS = declaredGlobals(FIXTURE, 'tsconfig.service-worker.json')

/** An object of each class whose members are not all on its prototype. */
const SAMPLES = `{
  Blob: new Blob(), File: new File([], 'a'), Event: new Event('a'), CustomEvent: new CustomEvent('a'),
  MessageEvent: new MessageEvent('a'), ErrorEvent: new ErrorEvent('a'), MessageChannel: new MessageChannel(),
  MessagePort: new MessageChannel().port1, EventSource: new EventSource('https://any.test'),
  WebSocket: new WebSocket('wss://any.test'), CloseEvent: new CloseEvent('a'),
  Response: new Response(), Request: new Request('https://any.test'), AbortController: new AbortController(),
  TextDecoder: new TextDecoder(), TextDecoderStream: new TextDecoderStream(), TextEncoderStream: new TextEncoderStream(),
}`
/** Describes all globals but those of the language, which TypeScript itself declares. */
const DESCRIBE = `
const namesOf = (value) => {
  const names = new Set()
  for (let at = value; at && at !== Object.prototype && at !== Function.prototype; at = Object.getPrototypeOf(at))
    for (const key of Reflect.ownKeys(at)) if (typeof key === 'string') names.add(key)
  return [...names]
}
const NATIVE = ['length', 'name', 'prototype', 'arguments', 'caller']
const describe = (value, sample) => typeof value === 'function'
  ? { statics: Reflect.ownKeys(value).filter((key) => typeof key === 'string' && !NATIVE.includes(key)),
      members: value.prototype && Reflect.ownKeys(value).includes('prototype')
        ? [...new Set([...namesOf(value.prototype), ...namesOf(sample)])].filter((name) => name !== 'constructor') : [] }
  : { statics: value === globalThis || Object(value) !== value ? []
        : namesOf(value).filter((name) => name !== 'constructor'), members: [] }
const globals = (samples) => Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) =>
  [name, describe(globalThis[name], samples[name])]))
`
const NAMES = [...DECLARED.keys(), 'Intl', 'crypto.subtle'].join(', ')
const FOLDER = mkdtempSync(join(tmpdir(), 'mayfly-globals-'))
/** What an error of the platform has of the language. */
const OF_ERRORS = ['stack', 'cause', 'toString']
/** Of the polyfill of URLPattern, and of no standard's final text. */
const UNTYPED = ['URLPattern.compareComponent']

/** One thread has nothing to share, and `Temporal` is younger than the engine. */
const ABSENT = ['Atomics', 'Temporal']

const runtime = new Runtime({ codeStore: sharedCode })
afterAll(async () => {
  await runtime.close()
  rmSync(FOLDER, { recursive: true })
})

async function globalsOf(name: string, source: string): Promise<Map<string, Members>> {
  const source_ = join(FOLDER, `${name}.js`)
  // Web APIs are a part of agents that name them.
  writeFileSync(source_, `${DESCRIBE}\nexport const named = () => [${NAMES}]\n${source}`)
  writeFileSync(join(FOLDER, 'agent.json'), JSON.stringify({ name, source: `${name}.js` }))
  const agent = await runtime.load(await buildAgent({ directory: FOLDER }))
  const response = await agent.fetch(new Request('http://any/'))
  const described = (await response.json()) as Record<string, Members>
  return new Map(Object.entries(described))
}

let found = new Map<string, Members>()
beforeAll(async () => {
  found = await globalsOf(
    'module',
    `globalThis[Symbol()] = named
    export default { fetch: () => Response.json(globals(${SAMPLES})) }`,
  )
}, 120_000)

describe('mayfly/types', () => {
  it('declares every global of an agent', () => {
    const isDeclared = (name: string): boolean => LANGUAGE.has(name) || DECLARED.has(name)
    // The first is the engine's alone. TypeScript knows the others without a declaration at the top of a file.
    const others = ['InternalError', 'Iterator', 'undefined', 'globalThis']
    expect([...found.keys()].filter((name) => !isDeclared(name))).toEqual(others)
  })

  it('lists what the library of TypeScript declares and an agent has not', () => {
    expect([...LANGUAGE.keys()].filter((name) => !found.has(name))).toEqual(ABSENT)
  })

  it('declares no other', () => {
    expect([...DECLARED.keys()].filter((name) => !found.has(name))).toEqual([])
  })

  it.each([...DECLARED])('declares the members of %s', (name, declared) => {
    const { statics = [], members = [] } = found.get(name) ?? {}
    const isTyped = (each: string): boolean => !UNTYPED.includes(`${name}.${each}`)
    const isOwn = (each: string): boolean => !OF_ERRORS.includes(each)
    expect(statics.filter(isTyped).toSorted()).toEqual(declared.statics.toSorted())
    expect(members.filter(isOwn).toSorted()).toEqual(declared.members.filter(isOwn).toSorted())
  })

  it('refuses what an agent has not, and takes what it has', () => {
    expect(problemsOf(FIXTURE, 'tsconfig.json')).toEqual([])
  })
})

describe('mayfly/types/service-worker', () => {
  it('declares what only an agent without a default export has', async () => {
    const listening = await globalsOf(
      'service',
      `globalThis[Symbol()] = named
      addEventListener('fetch', (event) => event.respondWith(Response.json(globals({
        FetchEvent: event, ExtendableEvent: new ExtendableEvent('a') }))))`,
    )
    const more = [...listening.keys()].filter((name) => !found.has(name))
    const declared = [...LISTENS.keys()].filter((name) => !ALL.has(name))
    expect(more.toSorted()).toEqual(declared.toSorted())
    for (const name of ['FetchEvent', 'ExtendableEvent'])
      expect(listening.get(name)?.members.toSorted()).toEqual(LISTENS.get(name)?.members.toSorted())
    // The types of the package are checked where it is installed.
    const isOurs = (problem: string): boolean => !problem.includes("module 'mayfly/guest'")
    expect(problemsOf(FIXTURE, 'tsconfig.service-worker.json').filter(isOurs)).toEqual([])
  }, 120_000)
})
