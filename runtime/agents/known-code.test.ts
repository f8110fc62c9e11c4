import { parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { manifestFromObject } from '../manifest/index.ts'
import { sharesCode, type PreparedAgent, type PreparedParts } from './prepared-agent.ts'
import { Runtime } from './runtime.ts'

interface Variant {
  readonly pages?: number
  readonly number?: number
  readonly data?: string
  readonly code?: string
}

/** Two modules, the second with the memory of the first, as a shim has it. */
function component({ pages = 3, number = 5, data = '', code = '' }: Variant): Promise<Uint8Array> {
  return parse(`(component
    (core module $m
      (memory (export "memory") ${pages})
      (global $n (mut i32) (i32.const ${number}))
      (global $wide (mut i64) (i64.const ${number * 2 ** 33}))
      (global $f (mut f64) (f64.const 0.5))
      (global $same i32 (i32.const 3))
      ${data}
      (func (export "run") (param i32) (result i32) ${code}
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (i32.add (i32.wrap_i64 (i64.shr_u (global.get $wide) (i64.const 33)))
          (i32.add (global.get $n) (i32.add (i32.mul (i32.const 1000) (memory.size))
            (i32.add (i32.load (i32.const 0)) (i32.load8_u (local.get 0))))))))
    (core module $shim (import "m" "memory" (memory 2)))
    (core instance $i (instantiate $m))
    (core instance (instantiate $shim (with "m" (instance (export "memory" (memory $i "memory"))))))
    (func (export "run") (param "at" u32) (result u32) (canon lift (core func $i "run"))))`)
}

const SEGMENT = '(data (i32.const 70000) "A")'
const MANIFEST = manifestFromObject({ name: 'known', component: 'agent.wasm' })

function open(): Runtime & AsyncDisposable {
  const runtime = new Runtime({ capabilities: [] })
  return Object.assign(runtime, { [Symbol.asyncDispose]: () => runtime.close() })
}

/** Returns what `work` made the engine do. */
async function effort(work: () => Promise<unknown>): Promise<string[]> {
  const { compile, validate, Instance } = WebAssembly
  const done: string[] = []
  WebAssembly.compile = (source: BufferSource) => {
    done.push('compile')
    return compile(source)
  }
  WebAssembly.validate = (source) => {
    done.push('validate')
    return validate(source)
  }
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports)
      done.push('instantiate')
    }
  }
  try {
    await work()
  } finally {
    Object.assign(WebAssembly, { compile, validate, Instance })
  }
  return done
}

async function initialState(runtime: Runtime, bytes: Uint8Array): Promise<unknown> {
  const prepared = (await runtime.prepare({
    component: bytes,
    manifest: MANIFEST,
  })) as PreparedParts
  return prepared.guest
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  'other data': { data: '(data (i32.const 70000) "B") (data (i32.const 4090) "over two pages")' },
  'no data at that address': { data: '(data (i32.const 3) "x")' },
  'data that overlap': { data: '(data (i32.const 70000) "B") (data (i32.const 70000) "C")' },
  'data up to the end': { data: '(data (i32.const 196607) "B")' },
  'empty data at the end': { data: '(data (i32.const 196608) "")' },
  'zeros as data': { data: '(data (i32.const 8192) "\\00\\00")' },
  'another number': { number: -7, data: SEGMENT },
  'a larger memory': { pages: 9, data: SEGMENT },
}

describe('Runtime.load() of code that is known', () => {
  for (const [name, variant] of Object.entries(VARIANTS))
    it(`makes the image that a slot would have: ${name}`, async () => {
      await using fresh = open()
      await using knows = open()
      const bytes = await component(variant)
      await knows.load({ component: await component({ data: SEGMENT }), manifest: MANIFEST })
      let found: unknown
      const done = await effort(async () => (found = await initialState(knows, bytes)))
      expect(done).not.toContain('instantiate')
      expect(found).toEqual(await initialState(fresh, bytes))
    })

  it('does nothing again, and serves each agent from its own state', async () => {
    await using runtime = open()
    const load = async (variant: Variant): Promise<unknown> => {
      const agent = await runtime.load({ component: await component(variant), manifest: MANIFEST })
      return agent.call('run', [70_000])
    }
    const expected = (pages: number, number: number, letter: string): number =>
      number + number + 1 + 1000 * pages + 1 + letter.charCodeAt(0)
    expect(await load({ data: SEGMENT })).toBe(expected(3, 5, 'A'))
    const bytes = await component({ pages: 4, number: 9, data: '(data (i32.const 70000) "Z")' })
    let agent: Awaited<ReturnType<Runtime['load']>> | undefined
    const done = await effort(async () => {
      agent = await runtime.load({ component: bytes, manifest: MANIFEST })
    })
    expect(done).toEqual([])
    expect(await agent?.call('run', [70_000])).toBe(expected(4, 9, 'Z'))
    expect(await agent?.call('run', [70_000])).toBe(expected(4, 9, 'Z'))
  })

  it.each([
    ['data out of bounds', { data: '(data (i32.const 196608) "x")' }],
    ['empty data out of bounds', { data: '(data (i32.const 196609) "")' }],
    ['a memory that is too small for who imports it', { pages: 1, data: SEGMENT.slice(0, 0) }],
    ['more memory than it may have', { pages: 60_000, data: SEGMENT }],
  ] as const)('refuses %s as it does elsewhere', async (_, variant) => {
    await using fresh = open()
    await using knows = open()
    const bytes = await component(variant)
    const load = (runtime: Runtime) => runtime.load({ component: bytes, manifest: MANIFEST })
    for (const data of ['', SEGMENT])
      await knows.load({ component: await component({ data }), manifest: MANIFEST })
    const failure: unknown = await load(fresh).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    await expect(load(knows)).rejects.toEqual(failure)
  })

  it('runs a start function for each', async () => {
    await using runtime = open()
    const start =
      '(func $start (i32.store (i32.const 0) (i32.load8_u (i32.const 70000)))) (start $start)'
    const load = async (letter: string): Promise<unknown> => {
      const data = `(data (i32.const 70000) "${letter}") ${start}`
      const agent = await runtime.load({ component: await component({ data }), manifest: MANIFEST })
      return agent.call('run', [0])
    }
    const expected = (letter: number): number => 5 + 6 + 3000 + 2 * (letter + 1)
    expect(await load('A')).toBe(expected(65))
    expect(await load('B')).toBe(expected(66))
  })

  it('finds out again what other code is like', async () => {
    await using runtime = open()
    await runtime.load({ component: await component({ data: SEGMENT }), manifest: MANIFEST })
    const other = await component({ data: SEGMENT, code: '(drop (i32.const 1))' })
    const done = await effort(() => runtime.load({ component: other, manifest: MANIFEST }))
    expect(done).toContain('validate')
    expect(done).toContain('instantiate')
  })

  it('examines again what may use other features', async () => {
    const runtime = new Runtime({ capabilities: [], features: ['gc'] })
    const bytes = await parse(
      '(component (core module $m (type (struct))) (core instance (instantiate $m)))',
    )
    const asking = manifestFromObject({ name: 'known', component: 'agent.wasm', features: ['gc'] })
    await runtime.load({ component: bytes, manifest: asking })
    await expect(runtime.load({ component: bytes, manifest: MANIFEST })).rejects.toMatchObject({
      code: 'ERR_COMPONENT_UNSUPPORTED',
    })
    await runtime.close()
  })
})

describe('Runtime.knows()', () => {
  it('tells a component with the code of an agent that was loaded from one with other code', async () => {
    await using runtime = open()
    const agent = await component({ data: SEGMENT })
    expect(await runtime.knows(agent)).toBe(false)
    await runtime.prepare({ component: agent, manifest: MANIFEST })
    expect(await runtime.knows(await component(VARIANTS['other data'] ?? {}))).toBe(true)
    expect(await runtime.knows(await component({ code: '(drop (i32.const 1))' }))).toBe(false)
    expect(runtime.stats().agents).toBe(0)
  })
})

describe('sharesCode()', () => {
  it('is of the code that runs, which depends on limits too', async () => {
    await using runtime = open()
    const prepared = async (
      variant: Variant,
      limits: Readonly<Record<string, unknown>> = {},
    ): Promise<PreparedAgent> => {
      const manifest = manifestFromObject({ name: 'known', component: 'agent.wasm', limits })
      return runtime.prepare({ component: await component(variant), manifest })
    }
    const one = await prepared({ data: SEGMENT })
    expect(sharesCode(one, await prepared({ data: SEGMENT, number: 9 }))).toBe(true)
    expect(sharesCode(one, await prepared({ code: '(drop (i32.const 1))' }))).toBe(false)
    expect(sharesCode(one, await prepared({ data: SEGMENT }, { metering: 'watchdog' }))).toBe(false)
  })
})
