/** Packed agents answer as they do unpacked, and none loads with a part of it missing. @module */
import { parse } from '@bytecodealliance/jco'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { scriptAgent } from '../../host/toolchain/testing/script-agent.ts'
import type { Agent, InvocationRecord } from '../agents/index.ts'
import { memoryKv } from '../capabilities/kv/index.ts'
import { log } from '../capabilities/log/index.ts'
import { PACK_HINT } from '../modules/index.ts'
import { loadPacked, Runtime } from '../presets/index.ts'
import { packed, readBack, without } from './testing/packed.ts'

const SOURCE = `
import { serve } from 'mayfly/guest/serve'
let calls = 0
const paths = {
  '/count': () => String(++calls),
  '/notes': async (env) => String(await env.kv.open('notes').increment('n')),
  '/other': async (env) => String(await env.kv.open('other').increment('n')),
  '/region': (env) => env.config.REGION,
  '/wait': async () => { await new Promise((done) => setTimeout(done, 5)); return String(++calls) },
  '/spin': () => { for (;;); },
  '/throw': () => { throw new Error('of the agent') },
}
export const handler = serve({
  async fetch(request, env) {
    return new Response(await paths[new URL(request.url).pathname](env))
  },
})`

const MANIFEST = {
  name: 'probe',
  capabilities: {
    kv: { notes: { access: 'write' } },
    config: { REGION: { env: 'REGION' } },
  },
  limits: { deadlineMs: 1_000, fuel: 200_000_000 },
}

/** Computes for so long that marks cost more than they save, and shorter than any turn. It counts its calls in its memory. */
const LONG = `(component
  (core module $m (memory 4)
    (func (export "run") (result i32) (local $i i32)
      (loop $again
        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))
      (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
      (i32.load (i32.const 64))))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))`
const MOST_CALLS = 200

const QUIET = { drivers: { log: { write() {} } } }
const component = await scriptAgent(SOURCE)
const pack = await packed(component, MANIFEST)
const one = await readBack(pack)

const options = {
  environment: (name: string) => (name === 'REGION' ? 'eu' : undefined),
}

type Loaded = { readonly agent: Agent; readonly records: InvocationRecord[] } & AsyncDisposable

async function unpacked(): Promise<Loaded> {
  const records: InvocationRecord[] = []
  const runtime = new Runtime({
    ...options,
    drivers: { kv: memoryKv(), log: { write() {} } },
    warmUp: false,
    onInvocation: (record) => records.push(record),
  })
  const agent = await runtime.load({ component, manifest: MANIFEST })
  return { agent, records, [Symbol.asyncDispose]: () => runtime.close() }
}

async function loaded({ files, modules } = one): Promise<Loaded> {
  const records: InvocationRecord[] = []
  const { agents, runtime } = await loadPacked(
    { agents: { probe: files }, modules },
    {
      ...options,
      drivers: { kv: memoryKv(), log: { write() {} } },
      onInvocation: (record) => records.push(record),
    },
  )
  return { agent: agents.probe, records, [Symbol.asyncDispose]: () => runtime.close() }
}

/** Runs `run` with modules that were never used, where nothing is compiled. */
async function withoutCompiler<Value>(
  run: (fresh: typeof import('../presets/index.ts')) => Promise<Value>,
): Promise<Value> {
  vi.resetModules()
  const fresh = await import('../presets/index.ts')
  const { Module, compile, validate } = WebAssembly
  const refuse = (): never => {
    throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder')
  }
  const Refusing = Object.assign(
    function Module() {
      refuse()
    },
    { customSections: Module.customSections },
  )
  Object.assign(WebAssembly, { Module: Refusing, compile: async () => refuse(), validate: refuse })
  try {
    return await run(fresh)
  } finally {
    Object.assign(WebAssembly, { Module, compile, validate })
  }
}

describe('loadPacked()', () => {
  it('takes the JSON of an agent as text too, which is no module on every platform', async () => {
    const files = { ...one.files, agent: JSON.stringify(one.files.agent) }
    await using given = await loaded({ ...one, files })
    expect(await (await given.agent.fetch(new Request('http://any/count'))).text()).toBe('1')
    await expect(loaded({ ...one, files: { ...files, agent: '{' } })).rejects.toMatchObject({
      code: 'ERR_COMPONENT_MALFORMED',
    })
  })

  it('gives the answers and records of the same agent unpacked', async () => {
    await using before = await unpacked()
    await using after = await loaded()
    const paths = [
      'count',
      'count',
      'notes',
      'notes',
      'other',
      'region',
      'wait',
      'throw',
      'spin',
      'count',
    ]
    const answers = async ({ agent, records }: Loaded): Promise<unknown[]> => {
      const seen: unknown[] = []
      for (const path of paths) {
        const response = await agent.fetch(new Request(`http://any/${path}`))
        const { outcome, events } = records.at(-1) ?? {}
        seen.push([
          path,
          response.status,
          response.ok ? await response.text() : '',
          outcome?.state,
          events?.map(({ capability, action, target, outcome: each }) =>
            [capability, action, target, each].join(' '),
          ),
        ])
      }
      return seen
    }
    const expected = await answers(before)
    expect(await answers(after)).toEqual(expected)
    expect(expected.map((each) => (each as unknown[])[1])).toEqual([
      200, 200, 200, 200, 500, 200, 200, 500, 504, 200,
    ])
  })

  it('compiles nothing: not for an agent that waits, is stopped, or changes from marks to copying', async () => {
    const long = await readBack(await packed(await parse(LONG), { name: 'long' }))
    const agents = { probe: one.files, long: long.files }
    const modules = { ...one.modules, ...long.modules }
    await withoutCompiler(async (fresh) => {
      const loads = fresh.loadPacked({ agents, modules }, { ...options, ...QUIET })
      const { agents: loadedAgents, runtime } = await loads
      const { probe, long: changing } = loadedAgents
      const ask = async (path: string): Promise<string> =>
        (await probe.fetch(new Request(`http://any/${path}`))).text()
      expect(await Promise.all(['wait', 'notes', 'count'].map(ask))).toEqual(['1', '1', '1'])
      expect((await probe.fetch(new Request('http://any/spin'))).status).toBe(504)
      expect(await ask('count')).toBe('1')
      expect(changing.stats().reset).toBe('pages')
      for (let calls = 0; changing.stats().reset === 'pages' && calls < MOST_CALLS; calls++)
        expect(await changing.call('run', [])).toBe(1)
      await vi.waitFor(() => expect(changing.stats().reset).toBe('copy'))
      expect(await changing.call('run', [])).toBe(1)
      await runtime.close()
    })
  })

  it.for([...pack.modules.keys()])('refuses to load without module %s', async (sha256) => {
    await expect(loaded({ ...one, modules: without(one.modules, sha256) })).rejects.toMatchObject({
      code: 'ERR_HOST_UNAVAILABLE',
      message: `Cannot load packed agent "probe": module ${sha256} was not given`,
      hint: PACK_HINT,
    })
  })

  it('refuses a module without findings in place of another', async () => {
    const [{ module: sha256 = '' } = {}] = pack.agent.code.codes
    const empty = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
    const modules = { ...one.modules, [sha256]: empty }
    await expect(loaded({ ...one, modules })).rejects.toThrow(`module ${sha256} is another`)
  })

  it.for<[string, unknown, string]>([
    ['nothing', null, 'it is not the JSON that mayfly pack wrote'],
    ['other JSON', { name: 'probe' }, 'it is not the JSON that mayfly pack wrote'],
    ['an agent of another version', { ...pack.agent, version: '0.1.x' }, 'version 0.1.x packed it'],
  ])('refuses %s', async ([, agent, message]) => {
    const files = { ...one.files, agent }
    await expect(loaded({ ...one, files })).rejects.toMatchObject({
      code: 'ERR_COMPONENT_MALFORMED',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('Run mayfly pack again'),
    })
  })

  it.for<[string, (pages: Uint8Array) => Uint8Array]>([
    ['cut off', (pages) => pages.slice(0, -100)],
    ['not compressed', () => new Uint8Array(4096)],
    ['of another agent', () => new Uint8Array(gzipSync(new Uint8Array(pack.pages.length)))],
    ['too many', () => new Uint8Array(gzipSync(new Uint8Array(pack.pages.length + 1)))],
  ])('refuses pages that are %s', async ([, change]) => {
    const pages = new Uint8Array(change(new Uint8Array(one.files.pages)))
    await expect(loaded({ ...one, files: { ...one.files, pages } })).rejects.toMatchObject({
      code: 'ERR_COMPONENT_MALFORMED',
      message: 'Cannot load packed agent "probe": its pages are not those it was packed with',
    })
  })

  it('refuses host functions that wait where those it was packed for did not', async () => {
    const { suspends: _never, ...waiting } = log({ write() {} })
    const given = { agents: { probe: one.files }, modules: one.modules }
    await expect(loadPacked(given, { ...options, capabilities: [waiting] })).rejects.toMatchObject({
      code: 'ERR_HOST_UNAVAILABLE',
      message: expect.stringContaining('mayfly:agent/log@0.2.0#write may have guests wait here'),
    })
  })

  it('asks the host for what it has: a variable that is not set is named', async () => {
    const given = { agents: { probe: one.files }, modules: one.modules }
    await expect(loadPacked(given)).rejects.toThrow('REGION')
  })
})

describe('packComponent()', () => {
  it('refuses an agent whose state stays with its slot, and says why', async () => {
    const changing = await parse(`(component
      (core module $m (table $t 2 funcref)
        (elem declare func $set)
        (func $set (export "run") (table.set $t (i32.const 0) (ref.func $set))))
      (core instance $i (instantiate $m))
      (func (export "run") (canon lift (core func $i "run"))))`)
    await expect(packed(changing, { name: 'changing' })).rejects.toMatchObject({
      code: 'ERR_COMPONENT_UNSUPPORTED',
      message: expect.stringMatching(
        /^Cannot pack agent "changing": .*so each request initialises/,
      ),
    })
  })

  it('packs no value of the host: an agent may read it while it is initialised', async () => {
    const reading = await parse(`(component
      (import "wasi:cli/environment@0.2.6" (instance $e
        (export "get-environment" (func (result (list (tuple string string)))))))
      (core module $libc (memory (export "m") 1)
        (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 1024))
      (core instance $libc (instantiate $libc))
      (core func $get (canon lower (func $e "get-environment")
        (memory (core memory $libc "m")) (realloc (core func $libc "r"))))
      (core module $m (import "e" "get" (func $get (param i32))) (import "libc" "m" (memory 1))
        (func $start (call $get (i32.const 16))) (start $start)
        (func (export "run") (result i32) (i32.load (i32.const 20))))
      (core instance $i (instantiate $m
        (with "e" (instance (export "get" (func $get)))) (with "libc" (instance $libc))))
      (func (export "run") (result u32) (canon lift (core func $i "run"))))`)
    const manifest = (region: unknown): Record<string, unknown> => ({
      name: 'reading',
      capabilities: { config: { REGION: region } },
    })
    await expect(packed(reading, manifest({ env: 'REGION' }))).rejects.toMatchObject({
      code: 'ERR_COMPONENT_UNSUPPORTED',
      message: expect.stringContaining('it may read config "REGION" when it is initialised'),
    })
    const { files, modules } = await readBack(await packed(reading, manifest('eu')))
    const { agents, runtime } = await loadPacked({ agents: { reading: files }, modules })
    expect(await agents.reading.call('run', [])).toBe(1)
    await runtime.close()
  })
})
