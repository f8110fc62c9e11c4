/**
 * wasm-tools, written in Rust, as jco ships it: the core module of its component, made into that component again. Its
 * answers here are compared with those under jco.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import {
  componentEmbed,
  componentNew,
  componentWit,
  metadataShow,
  parse,
  preview1AdapterReactorPath,
  print,
} from '@bytecodealliance/jco'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Agent } from '../agents/index.ts'
import { Runtime } from '../presets/index.ts'
import { HAS_PEERS, NEEDS_PEERS } from '../testing/peers.ts'
import { memoryFiles, wasiFilesystem } from './index.ts'
import { compileReactor, missingToolchain } from './testing/compile-c.ts'

const VENDOR = new URL('../vendor/', import.meta.resolve('@bytecodealliance/jco-transpile'))
const TOOLS = 'local:wasm-tools/tools'

const WIT = `package local:wasm-tools;
interface tools {
  record semver-version {
    major: u64, minor: u64, patch: u64, pre: option<string>, build: option<string>,
  }
  record interface-metadata {
    namespace: string, %package: string, %interface: string, version: option<semver-version>,
  }
  record wit-metadata { imports: list<interface-metadata>, exports: list<interface-metadata> }
  variant wit-specifier { source(string), path(string) }
  type producers-fields = list<tuple<string, list<tuple<string, string>>>>;
  variant module-meta-type { module, component(u32) }
  record module-metadata {
    parent-index: option<u32>, name: option<string>, meta-type: module-meta-type,
    range: tuple<u32, u32>, producers: producers-fields,
  }
  parse: func(wat: string) -> result<list<u8>, string>;
  print: func(binary: list<u8>) -> result<string, string>;
  component-new: func(
    binary: list<u8>, adapters: option<list<tuple<string, list<u8>>>>,
  ) -> result<list<u8>, string>;
  component-wit: func(binary: list<u8>) -> result<string, string>;
  component-wit-metadata-for-world: func(
    wit: wit-specifier, world-name: option<string>,
  ) -> result<wit-metadata, string>;
  metadata-show: func(binary: list<u8>) -> result<list<module-metadata>, string>;
}
world root { export tools; }`

const TEXT = `(module
  (import "host" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "grüß dich")
  (func (export "run") (param $n i32) (result i32)
    (local $sum i32)
    (loop $more
      (local.set $sum (i32.add (local.get $sum) (local.get $n)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $log (i32.const 8) (i32.const 11))
    (local.get $sum)))`

describe.runIf(HAS_PEERS)(`wasm-tools of jco (${NEEDS_PEERS})`, () => {
  const input = (): Record<string, Uint8Array> => ({ 'tools.wit': new TextEncoder().encode(WIT) })
  const runtime = new Runtime({ capabilities: [wasiFilesystem({ files: memoryFiles({ input }) })] })
  let component: Uint8Array
  let agent: Agent

  beforeAll(async () => {
    const module = readFileSync(new URL('wasm-tools.core.wasm', VENDOR))
    const embedded = await componentEmbed({
      binary: new Uint8Array(module),
      witSource: WIT,
    } as Parameters<typeof componentEmbed>[0]) // The declared type asks for more than is read
    const adapter = readFileSync(preview1AdapterReactorPath())
    component = await componentNew(embedded, [['wasi_snapshot_preview1', adapter]])
    agent = await runtime.load({ component, manifest: { name: 'wasm-tools' } })
  })

  afterAll(() => runtime.close())

  const call = (name: string, ...args: unknown[]): Promise<unknown> =>
    agent.call(`${TOOLS}#${name}`, args)

  it('parses and prints as in jco', async () => {
    const binary = await parse(TEXT)
    expect(await call('parse', TEXT)).toEqual(binary)
    expect(await call('print', binary)).toBe(await print(binary))
  })

  it('takes itself apart: a component of two megabytes', async () => {
    expect(await call('component-wit', component)).toBe(await componentWit(component))
    expect(await call('metadata-show', component)).toEqual(await metadataShow(component))
  })

  it.skipIf(missingToolchain() !== undefined)(
    'makes a component of a module and an adapter',
    async () => {
      const world = 'package t:t; world w { export get: func() -> s32; }'
      const core = await componentEmbed({
        witSource: 'package t:t; world w { export run: func(n: s32) -> s32; }',
        binary: await parse('(module (func (export "run") (param i32) (result i32) local.get 0))'),
      } as Parameters<typeof componentEmbed>[0])
      expect(await call('component-new', core, undefined)).toEqual(await componentNew(core, []))
      // A component of another toolchain is printed alike as well.
      const reactor = await compileReactor('reactor', world)
      expect(await call('print', reactor)).toBe(await print(reactor))
    },
  )

  it('refuses with an error, as in jco, and is none the worse for it', async () => {
    for (const wrong of ['(module (func', '(nodule)', '\u0000']) {
      const error = await parse(wrong).then(
        () => expect.fail('was parsed'),
        (thrown: unknown) => (thrown as { payload: string }).payload,
      )
      await expect(call('parse', wrong)).rejects.toMatchObject({ payload: error })
    }
    expect(await call('parse', '(module)')).toEqual(await parse('(module)'))
  })

  it('reads the files it is granted, and none of the host', async () => {
    const exported = {
      exports: [{ namespace: 'local', package: 'wasm-tools', interface: 'tools' }],
    }
    const describeWorld = `${TOOLS}#component-wit-metadata-for-world`
    const source = { tag: 'source', val: WIT }
    expect(await agent.call(describeWorld, [source, 'root'])).toMatchObject(exported)

    const granted = await runtime.load({
      component,
      manifest: { name: 'granted', capabilities: { files: { input: true } } },
    })
    const input = { tag: 'path', val: '/input/tools.wit' }
    expect(await granted.call(describeWorld, [input, 'root'])).toMatchObject(exported)
    await expect(agent.call(describeWorld, [input, 'root'])).rejects.toThrow()

    const own = new URL('../../wit/kv.wit', import.meta.url).pathname
    expect(existsSync(own)).toBe(true)
    for (const each of [agent, granted]) {
      const reading = each.call(describeWorld, [{ tag: 'path', val: own }, undefined])
      await expect(reading).rejects.toMatchObject({
        payload: expect.stringContaining('No such file or directory'),
      })
    }
  })

  it('is stopped by the limits it is given', async () => {
    const limits = { fuel: 10_000, memoryBytes: 4 * 1024 * 1024 }
    const bounded = await runtime.load({ component, manifest: { name: 'bounded', limits } })
    const large = `(module ${'(func)'.repeat(20_000)})`
    await expect(bounded.call(`${TOOLS}#parse`, [large])).rejects.toMatchObject({
      code: 'ERR_LIMIT_EXCEEDED',
    })
    const own = (await call('parse', large)) as Uint8Array
    expect(own).toEqual(await parse(large))
  })
})
