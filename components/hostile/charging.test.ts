/**
 * Hostile components that want more of the host than their memory. All they allocate is charged to one budget, and a
 * component that cannot be charged is refused before any of its code runs. The host stays up and serves a neighbour.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import type { AuditEvent } from '../../runtime/audit/index.ts'
import { FEATURES, STACK_BYTES, WASM_PAGE_BYTES, type Feature } from '../../runtime/binary/index.ts'
import { hostile } from '../../runtime/agents/testing/hostile.ts'
import { stage, type LoadOptions, type Stage } from '../../runtime/agents/testing/stage.ts'

const MIB = 1_048_576
const memory = { state: 'limited', limit: 'memory' }
const deadline = { state: 'limited', limit: 'deadline' }
const fuel = { state: 'limited', limit: 'fuel' }
const GC = ['gc'] as const
const THREADS = ['shared-memory'] as const

/** A stage with a readable audit log. */
async function audited(features: readonly Feature[] = FEATURES): Promise<{
  readonly theatre: Stage
  readonly events: AuditEvent[]
}> {
  const events: AuditEvent[] = []
  const audit = { append: (event: AuditEvent) => void events.push(event), blocked: undefined }
  return { theatre: await stage({ features, audit }), events }
}

interface Refusal extends LoadOptions {
  readonly of: string
  readonly code?: string
  readonly says: RegExp
  readonly hint?: RegExp
}

const REFUSALS: readonly Refusal[] = [
  {
    of: 'hidden-name',
    says: /agent "agent-2".*the reserved name "\[mayfly\]x"/,
    hint: /mayfly inspect/,
  },
  { of: 'forged-room', says: /the reserved name "\[mayfly\]"/ },
  { of: 'objects-large', says: /agent-2.*garbage-collected/, hint: /"features": \["gc"\]/ },
  { of: 'objects-many', says: /garbage-collected/ },
  { of: 'objects-wide', says: /garbage-collected/ },
  { of: 'objects-declared', says: /garbage-collected/ },
  { of: 'objects-in-segment', says: /garbage-collected/ },
  {
    of: 'objects-declared',
    features: GC,
    code: 'ERR_LIMIT_EXCEEDED',
    says: /begins with 960000032 bytes/,
    hint: /memoryBytes/,
  },
  {
    of: 'objects-in-segment',
    features: GC,
    code: 'ERR_LIMIT_EXCEEDED',
    says: /begins with 9600000\d\d bytes/,
  },
  { of: 'atomic-wait', says: /a shared memory/, hint: /"features": \["shared-memory"\]/ },
  { of: 'atomic-wait-at-start', says: /a shared memory/ },
  { of: 'atomic-wait-at-start', features: THREADS, code: 'ERR_GUEST_TRAPPED', says: /unreachable/ },
  { of: 'exception-list', says: /exceptions that hold other exceptions/ },
  { of: 'exception-table', says: /a table or global that holds exceptions/ },
  { of: 'exception-global', says: /a table or global that holds exceptions/ },
  { of: 'exception-cargo', says: /more than 16 values/ },
  { of: 'exception-return', says: /returns a reference to an exception/ },
]

describe('a component that is not loaded', () => {
  it.for(REFUSALS)('$of $features', async ({ of, code, says, hint, ...options }) => {
    const { theatre, events } = await audited()
    await using _ = theatre
    const loading = theatre.load(hostile(of), options)
    await expect(loading).rejects.toMatchObject({
      code: code ?? 'ERR_COMPONENT_UNSUPPORTED',
      message: says,
      ...(hint && { hint }),
    })
    // Nothing of it is served: neither the runtime nor the audit log has heard of it.
    expect(theatre.runtime.agents).toHaveLength(1)
    expect(events.filter(({ agent }) => agent === 'agent-2')).toEqual([])
    expect(await theatre.calmAfter(async () => {})).toBe(true)
  })

  it.for(['fuel', 'watchdog'])('is none the better for metering by %s', async (metering) => {
    await using theatre = await stage()
    for (const of of ['hidden-name', 'objects-many', 'atomic-wait', 'exception-list'])
      await expect(theatre.load(hostile(of), { limits: { metering } })).rejects.toMatchObject({
        code: 'ERR_COMPONENT_UNSUPPORTED',
      })
  })

  it('names the host when the manifest asks and the host does not allow', async () => {
    const { theatre } = await audited([])
    await using _ = theatre
    await expect(theatre.load(hostile('objects-many'), { features: GC })).rejects.toMatchObject({
      code: 'ERR_COMPONENT_UNSUPPORTED',
      hint: 'Start the host with --allow-feature gc',
    })
  })

  it('begins with more imports, exports and globals than any program', async () => {
    await using theatre = await stage()
    const globals = '(global i32 (i32.const 0))'.repeat(1000)
    const instances = '(core instance (instantiate $m))'.repeat(101)
    const loading = theatre.load(`(component (core module $m ${globals}) ${instances})`)
    await expect(loading).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: /begins with 101000 imports, exports and globals, 100000 allowed/,
    })
    expect(await theatre.calmAfter(async () => {})).toBe(true)
  })

  it('has more functions than any program', async () => {
    await using theatre = await stage()
    await expect(theatre.load(await withFunctions(100_001))).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
      message: /100001 functions, 100000 allowed/,
      hint: /optimisation/,
    })
    expect(theatre.runtime.agents).toHaveLength(1)
  })
})

// Exceptions that a program in C++ may throw in one request: a million in a soak.
const THROWS = process.env['MAYFLY_SOAK'] === undefined ? 20_000 : 1_000_000

interface Attack extends LoadOptions {
  readonly of: string
  readonly n: number
  /** The outcome, or the value of a call that does no harm. */
  readonly ends: Readonly<Record<string, unknown>>
  readonly says?: RegExp
}

const wanted = /wanted to allocate more than/

// They loop, and so begin with a stack that can be suspended.
const ATTACKS: readonly Attack[] = [
  { of: 'objects-large', n: 3, features: GC, ends: memory, says: wanted },
  {
    of: 'objects-large',
    n: 1,
    features: GC,
    limits: { memoryBytes: 96 * MIB },
    ends: { value: 0 },
  },
  {
    of: 'objects-many',
    n: 5_000_000,
    features: GC,
    limits: { memoryBytes: STACK_BYTES + MIB },
    ends: memory,
  },
  { of: 'objects-many', n: 1000, features: GC, ends: { value: 1000 } },
  {
    of: 'objects-wide',
    n: 1_000_000,
    features: GC,
    limits: { memoryBytes: STACK_BYTES + MIB },
    ends: memory,
  },
  { of: 'atomic-wait', n: 1, features: THREADS, ends: { state: 'trapped' }, says: /unreachable/ },
  { of: 'tables-grown', n: 32_768, ends: { value: 1_310_720 }, limits: { metering: 'watchdog' } },
  // 24 bytes each.
  {
    of: 'tables-grown',
    n: 32_000,
    limits: { memoryBytes: 24 * 100_000, metering: 'watchdog' },
    ends: { value: 96_000 },
  },
  { of: 'tables-grown', n: 130_000, ends: fuel, limits: { fuel: 100_000 }, says: /fuel/ },
  { of: 'tables-grown', n: 9, ends: { value: 360 }, limits: { fuel: 100_000 } },
  { of: 'tables-grown-at-start', n: 2_768, ends: { value: 32_768 } },
  {
    of: 'tables-grown-at-start',
    n: 10,
    limits: { memoryBytes: STACK_BYTES + 11 * WASM_PAGE_BYTES },
    ends: { value: 30_030 },
  },
  { of: 'exceptions-held', n: 5, ends: { value: 6 } },
  {
    of: 'exceptions-held',
    n: 100,
    limits: { memoryBytes: STACK_BYTES + MIB },
    ends: memory,
    says: wanted,
  },
  { of: 'exceptions-rethrown', n: 50, ends: { value: 7 } },
  {
    of: 'exceptions-rethrown',
    n: 3000,
    limits: { memoryBytes: STACK_BYTES + MIB },
    ends: memory,
    says: wanted,
  },
  {
    of: 'exceptions-by-the-million',
    n: THROWS,
    limits: { memoryBytes: STACK_BYTES + MIB, deadlineMs: 600_000 },
    ends: { value: THROWS },
  },
  { of: 'forged-fuel', n: 1, limits: { deadlineMs: 25 }, ends: deadline, says: /not done/ },
]

describe.for(['pages', 'copy', 'fresh'])('a component that is stopped, reset by %s', (reset) => {
  it.for(ATTACKS)('$of $n', async ({ of, n, ends, says, limits, features = [] }) => {
    const { theatre, events } = await audited()
    await using _ = theatre
    const agent = await theatre.load(hostile(of), { features, limits: { ...limits, reset } })
    const attack = (): Promise<void> =>
      agent.call('run', [n]).then(
        (value) => expect({ value }).toEqual(ends),
        (error: unknown) => expect(String(error)).toMatch(says ?? wanted),
      )
    // The next request has as much as the first.
    await attack()
    await attack()
    const outcomes = theatre.recordsOf(agent).map(({ outcome }) => outcome)
    const expected = 'value' in ends ? { state: 'completed' } : ends
    expect(outcomes).toMatchObject([expected, expected])
    expect(
      events.filter(({ kind, agent: name }) => kind === 'invocation' && name === agent.name),
    ).toMatchObject([{ outcome: expected['state'] }, { outcome: expected['state'] }])
    expect(agent.stats()).toMatchObject({ invocations: 2, active: 0 })
    if (reset === 'pages') expect(await theatre.calmAfter(async () => {})).toBe(true)
  })
})

/** Returns a component with `count` empty functions in its core module. */
async function withFunctions(count: number): Promise<Uint8Array> {
  const leb = (value: number): number[] => [
    (value & 127) | 128,
    ((value >> 7) & 127) | 128,
    value >> 14,
  ]
  const section = (id: number, bytes: Uint8Array | readonly number[]): number[] => [
    id,
    ...leb(bytes.length),
    ...bytes,
  ]
  const core = [
    ...[0, 97, 115, 109, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [...leb(count), ...new Uint8Array(count)]),
    ...section(10, [...leb(count), ...Array.from({ length: count }, () => [2, 0, 0x0b]).flat()]),
  ]
  const empty = await parse('(component)')
  return Uint8Array.from([...empty.subarray(0, 8), ...section(1, core)])
}

describe('a component that changes a table while it initialises', () => {
  const growing = (elements: number): string => `(component
    (core module $m
      (table $t 0 externref)
      (func $start (drop (table.grow $t (ref.null extern) (i32.const ${elements}))))
      (start $start)
      (func (export "run") (param i32) (result i32)
        (drop (table.grow $t (ref.null extern) (local.get 0)))
        (table.size $t)))
    (core instance $i (instantiate $m))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))`

  it.for([
    [16_384, 'copy', []],
    [16_385, 'fresh', ['it changes tables of 16385 elements, 16384 can be put back']],
  ] as const)(
    'has it put back as far as that is quick: %i elements',
    async ([elements, reset, why]) => {
      await using theatre = await stage()
      const agent = await theatre.load(growing(elements), { limits: { reset: 'copy' } })
      expect(await agent.call('run', [0])).toBe(elements)
      expect(await agent.call('run', [1])).toBe(elements + 1)
      expect(await agent.call('run', [0])).toBe(elements)
      expect(agent.stats()).toMatchObject({ reset, unstampable: why })
    },
  )
})
