/**
 * Feeds the runtime broken input: components with changed bytes, and arguments of any kind.
 *
 * For each input the runtime must soon return a value, a `MayflyError`, or the error arm of a `result`. A failure
 * prints the seed that repeats it.
 *
 *     npm run fuzz -- --seconds 60 --seed 7
 *
 * @module
 */
import { globSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parse } from '@bytecodealliance/jco'
import { decodeComponent } from '../../runtime/binary/index.ts'
import { Runtime } from '../../runtime/agents/index.ts'
import { HIDING_PLACES } from '../../runtime/agents/testing/hiding-places.ts'
import { isMayflyError } from '../../runtime/errors/index.ts'
import { ComponentError, makePlan, type Export } from '../../runtime/link/index.ts'
import { echoComponent } from '../../runtime/link/testing/echo.ts'
import type { FunctionType, ValueType } from '../../runtime/abi/types.ts'

// Processor time, so that a busy machine does not cause a failure: twenty times the deadline of the agents.
const SLOW_MS = 2_000
const LIMITS = { deadlineMs: 100, memoryBytes: 4_194_304, fuel: 5_000_000 }
const RESETS = ['auto', 'pages', 'copy', 'fresh']
const CALLS = 3

const { values: options } = parseArgs({
  options: { seconds: { type: 'string' }, seed: { type: 'string' } },
})
const seconds = Number(options.seconds ?? 20)
const firstSeed = Number(options.seed ?? Date.now() % 1_000_000_000)

const corpus = await makeCorpus()
const counts = new Map<string, number>()
let runs = 0
process.on('unhandledRejection', (error) => fail(firstSeed + runs, 'left a rejection', error))
console.log(`Fuzzing for ${seconds} s from --seed ${firstSeed}`)
const until = performance.now() + seconds * 1000
for (; performance.now() < until; runs++) await run(firstSeed + runs)
console.log(`${runs} components: ${[...counts].map((each) => each.join(' ')).join(', ')}`)

async function run(seed: number): Promise<void> {
  const random = generator(seed)
  const before = process.cpuUsage()
  const component = mutate(pick(corpus, random), random)
  const runtime = new Runtime({ capabilities: [] })
  try {
    await attempt(seed, 'load', async () => {
      const plan = makePlan(decodeComponent(component), component)
      const imports: Record<string, Record<string, unknown>> = {}
      for (const { interface: name, name: member } of plan.imports) {
        const value = (...args: unknown[]): unknown => (args.length > 0 ? args[0] : garbage(random))
        if (name === '') imports[camel(member)] = value as never
        else (imports[name] ??= {})[camel(member)] = value
      }
      const agent = await runtime.load({
        component,
        manifest: { name: 'fuzzed', limits: { ...LIMITS, reset: pick(RESETS, random) } },
        imports: imports as never, // Any function will do
      })
      for (const { name, type } of functionsOf(plan.exports))
        for (let call = 0; call < CALLS; call++) {
          const args = type.params.map((param) => valueOf(param.type, random))
          if (random() < 0.05) args.push(garbage(random))
          await attempt(seed, 'call', () => agent.call(name, args))
        }
    })
  } finally {
    await runtime.close()
  }
  const { user, system } = process.cpuUsage(before)
  const took = (user + system) / 1000
  if (took > SLOW_MS) fail(seed, 'took too long', `${Math.round(took)} ms`)
}

async function attempt(seed: number, what: string, action: () => Promise<unknown>): Promise<void> {
  let outcome = `${what} ok`
  try {
    await action()
  } catch (error) {
    if (isMayflyError(error)) outcome = error.code
    else if (error instanceof ComponentError) outcome = 'error arm'
    else fail(seed, what, error)
  }
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
}

function fail(seed: number, what: string, error: unknown): never {
  const text = error instanceof Error ? error.stack : String(error)
  console.error(`--seed ${seed}: ${what}: ${text}`)
  process.exit(1)
}

async function makeCorpus(): Promise<Uint8Array[]> {
  const texts = [
    ...globSync('components/hostile/*/agent.wat').map((path) => readFileSync(path, 'utf8')),
    ...HIDING_PLACES.map(({ text }) => text),
  ]
  const u8: ValueType = { kind: 'u8' }
  const text: ValueType = { kind: 'string' }
  const types: ValueType[] = [
    { kind: 'list', element: text },
    {
      kind: 'record',
      fields: [
        { name: 'a', type: u8 },
        { name: 'b', type: text },
      ],
    },
    { kind: 'variant', cases: [{ name: 'a' }, { name: 'b', type: text }, { name: 'c', type: u8 }] },
    { kind: 'option', some: { kind: 'tuple', elements: [{ kind: 'char' }, { kind: 'f64' }] } },
    { kind: 'result', ok: { kind: 'list', element: u8 }, error: { kind: 'u64' } },
    { kind: 'flags', names: ['a', 'b', 'c'] },
  ]
  const echoes = (['utf8', 'utf16', 'compact-utf16'] as const).map((encoding) =>
    echoComponent(types, encoding),
  )
  return Promise.all([...texts.map((each) => parse(each)), ...echoes])
}

/** Changes a few bytes, mostly so that something is still a component. */
function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  let changed: Uint8Array<ArrayBuffer> = new Uint8Array(bytes)
  for (let left = Math.floor(random() * 5); left > 0; left--) {
    const at = Math.floor(random() * changed.length)
    switch (Math.floor(random() * 7)) {
      case 0:
        changed[at] = Math.floor(random() * 256)
        break
      case 1:
        changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8))
        break
      case 2:
        changed[at] = (changed[at] ?? 0) + (random() < 0.5 ? 1 : -1)
        break
      case 3:
        changed[at] = pick([0, 1, 0x7f, 0x80, 0xff], random)
        break
      case 4:
        changed = spliced(changed, at, Math.floor(random() * 3), new Uint8Array())
        break
      case 5:
        changed = spliced(changed, at, 0, slice(changed, random))
        break
      case 6:
        changed = spliced(
          changed,
          at,
          Math.floor(random() * 20),
          slice(pick(corpus, random), random),
        )
        break
    }
  }
  return changed
}

function slice(bytes: Uint8Array, random: () => number): Uint8Array {
  const start = Math.floor(random() * bytes.length)
  return bytes.slice(start, start + Math.floor(random() * 40))
}

function spliced(
  bytes: Uint8Array,
  at: number,
  remove: number,
  insert: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...bytes.subarray(0, at), ...insert, ...bytes.subarray(at + remove)])
}

/** A value that fits some type, or none. */
function garbage(random: () => number, depth = 0): unknown {
  const kinds = depth > 2 ? 8 : 14
  switch (Math.floor(random() * kinds)) {
    case 0:
      return Math.floor(random() * 300) - 20
    case 1:
      return pick([NaN, Infinity, -0, 2 ** 32, 2 ** 53, 1e308, 0.5], random)
    case 2:
      return BigInt(Math.floor((random() - 0.5) * 2 ** 53)) << BigInt(Math.floor(random() * 20))
    case 3:
      return pick(['', 'a', 'ü', '🦟', '\ud800', 'x'.repeat(5000), '\0'], random)
    case 4:
      return pick([undefined, null, true, false, Symbol.iterator, () => 1], random)
    case 5:
      return new Uint8Array(Math.floor(random() * 100))
    case 6:
      return Object.create(null)
    case 7:
      return new Proxy({}, { get: () => 1 })
    case 8:
    case 9:
      return Array.from({ length: Math.floor(random() * 5) }, () => garbage(random, depth + 1))
    case 10:
      return { tag: pick(['a', 'b', 'c', 'ok', 'err', 7], random), val: garbage(random, depth + 1) }
    case 11:
      return { a: garbage(random, depth + 1), b: garbage(random, depth + 1), c: true }
    case 12:
      return { length: 1e9 }
    default:
      return new Float64Array(3)
  }
}

/** A value of `type` that now and then has a part of another. */
function valueOf(type: ValueType, random: () => number): unknown {
  if (random() < 0.05) return garbage(random)
  const { kind } = type
  switch (kind) {
    case 'bool':
      return random() < 0.5
    case 's64':
    case 'u64':
      return BigInt(Math.floor(random() * 2 ** 53)) << BigInt(Math.floor(random() * 12))
    case 'f32':
    case 'f64':
      return pick([0, -0, NaN, Infinity, 1e300, 0.1], random)
    case 'char':
      return pick(['a', 'ü', '🦟', '\0', '\ud800'], random)
    case 'string':
      return pick(['', 'a', 'üü', '🦟', 'x\ud800y', 'ab'.repeat(3000)], random)
    case 'list':
      return Array.from({ length: type.length ?? Math.floor(random() ** 2 * 40) }, () =>
        valueOf(type.element, random),
      )
    case 'tuple':
      return type.elements.map((element) => valueOf(element, random))
    case 'record':
      return Object.fromEntries(
        type.fields.map((field) => [camel(field.name), valueOf(field.type, random)]),
      )
    case 'variant': {
      const { name, type: payload } = pick(type.cases, random)
      return { tag: name, val: payload && valueOf(payload, random) }
    }
    case 'enum':
      return pick(type.names, random)
    case 'flags':
      return Object.fromEntries(type.names.map((name) => [camel(name), random() < 0.5]))
    case 'option':
      return random() < 0.5 ? undefined : valueOf(type.some, random)
    case 'result': {
      const tag = pick(['ok', 'err'] as const, random)
      const payload = tag === 'ok' ? type.ok : type.error
      return { tag, val: payload && valueOf(payload, random) }
    }
    case 'own':
    case 'borrow':
      return {}
    default:
      return pick([0, 1, 255, 65_535, 2 ** 31, 4_000_000_000, -1], random)
  }
}

function functionsOf(
  exports: readonly Export[],
  prefix = '',
): { readonly name: string; readonly type: FunctionType }[] {
  return exports.flatMap((each) => {
    if (each.kind === 'func') return [{ name: prefix + each.name, type: each.type }]
    return each.kind === 'instance' ? functionsOf(each.exports, `${each.name}#`) : []
  })
}

function camel(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

function pick<Value>(values: readonly Value[], random: () => number): Value {
  return values[Math.floor(random() * values.length)] as Value // Never empty
}

/** Mulberry32: small, seeded, good enough. */
function generator(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
