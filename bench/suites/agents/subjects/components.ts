/**
 * Builds the subjects of the agents suite: agents, and components for small worlds.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco'
import { componentize } from 'componentize-qjs'
import { buildAgent, PACKAGE_DIRECTORY, type BuiltAgent } from '../../../../host/toolchain/index.ts'
import { withOptionalImports } from '../../../../host/toolchain/optional-imports.ts'
import {
  FORMER_VERSION,
  importedInterfaces,
  witDirectory,
} from '../../../../host/toolchain/package-files.ts'
import { componentizeQuickJs } from '../../../../host/toolchain/quickjs/index.ts'

/** The export every agent has. */
export const HANDLE = 'mayfly:agent/handler#handle'

const WORLDS = {
  words: 'export count: func(text: string) -> u32;',
  kernels: `export sha256: func(blocks: u32) -> u32;
    export matrix: func(times: u32) -> u32;
    export bytes: func(times: u32) -> u32;`,
  warm: `
    export add: func(a: u32, b: u32) -> u32;
    export echo: func(text: string) -> string;
    export swap: func(point: point) -> point;`,
  waiting: 'import host; export run: func(n: u32) -> u32;',
} as const
const TYPES = `
  interface types {
    record point { a: u32, b: u32, c: f64, d: f64, e: bool, f: u8, g: s64, h: char }
  }
  interface host { wait: func(n: u32) -> u32; }`

export type World = keyof typeof WORLDS

/** The interface the world "waiting" imports. */
export const HOST_INTERFACE = 'bench:subjects/host'

function witOf(world: World): string {
  const use = world === 'warm' ? 'use types.{point};' : ''
  return `package bench:subjects; ${TYPES} world ${world} { ${use} ${WORLDS[world]} }`
}

/** Makes a component of a core module. */
async function wrap(world: World, binary: Uint8Array): Promise<Uint8Array> {
  const embedded = await componentEmbed({
    witSource: witOf(world),
    binary,
    stringEncoding: 'utf8',
  } as Parameters<typeof componentEmbed>[0]) // The declared type asks for more than is read
  return componentNew(embedded)
}

export interface CoreSubject {
  readonly core: Uint8Array<ArrayBuffer>
  readonly component: Uint8Array
}

/** Compiles `words.as.ts` or `kernels.as.ts`. */
export async function assemblyScript(world: 'words' | 'kernels'): Promise<CoreSubject> {
  const source = await readFile(join(import.meta.dirname, `${world}.as.ts`), 'utf8')
  const core = await compile(source)
  return { core, component: await wrap(world, core) }
}

/** The part of the compiler used here: its own types bring in globals of AssemblyScript. */
interface Compiler {
  compileString(
    source: string,
    options: Readonly<Record<string, unknown>>,
  ): Promise<{ error: Error | null; binary: Uint8Array<ArrayBuffer> | null }>
}

const COMPILER: string = 'assemblyscript/asc'

/** A plug-in for Extism, which answers as `greeter.js` does. It has no WIT. */
export async function extismPlugin(): Promise<Uint8Array<ArrayBuffer>> {
  return compile(await readFile(join(import.meta.dirname, 'greeter-extism.as.ts'), 'utf8'))
}

async function compile(source: string): Promise<Uint8Array<ArrayBuffer>> {
  const { default: compiler } = (await import(COMPILER)) as { default: Compiler }
  const { error, binary } = await compiler.compileString(source, {
    runtime: 'stub',
    optimizeLevel: 3,
    shrinkLevel: 0,
    // Without static data it would begin with no memory, and every request would have to grow it.
    initialMemory: 2,
    converge: true,
    use: 'abort=',
  })
  if (error !== null || binary === null) throw error ?? new Error('Cannot compile subject')
  return binary
}

/** Functions that only cross the border, to measure the cost of crossing. */
export async function warmComponent(): Promise<Uint8Array> {
  const core = await parse(`(module (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))
    (func (export "swap") (param i32 i32 f64 f64 i32 i32 i64 i32) (result i32)
      (i32.store (i32.const 8) (local.get 1)) (i32.store (i32.const 12) (local.get 0))
      (f64.store (i32.const 16) (local.get 3)) (f64.store (i32.const 24) (local.get 2))
      (i32.store8 (i32.const 32) (local.get 4)) (i32.store8 (i32.const 33) (local.get 5))
      (i64.store (i32.const 40) (local.get 6)) (i32.store (i32.const 48) (local.get 7))
      (i32.const 8)))`)
  return wrap('warm', core)
}

/** Calls a function of the host once, which may keep it waiting. */
export async function waitingComponent(): Promise<Uint8Array> {
  const core = await parse(`(module
    (import "${HOST_INTERFACE}" "wait" (func $wait (param i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "run") (param i32) (result i32)
      (i32.store (i32.const 64) (call $wait (local.get 0))) (i32.load (i32.const 64))))`)
  return wrap('waiting', core)
}

/** The text of a handler in plain JavaScript. */
export function handlerSource(name: 'greeter' | 'workloads'): Promise<string> {
  return readFile(join(import.meta.dirname, `${name}.js`), 'utf8')
}

/** A handler on our own QuickJS component. */
export async function onQuickJs(source: string): Promise<Uint8Array> {
  return withOptionalImports(await componentizeQuickJs({ source }), importedInterfaces())
}

/**
 * The same handler on QuickJS as componentize-qjs, which jco uses, wraps it. That traps when the function of
 * an `async func` returns anything but a promise.
 */
export async function onComponentizeQjs(source: string): Promise<Uint8Array> {
  const { component } = await componentize({
    witPath: witDirectory(FORMER_VERSION),
    world: 'agent',
    jsSource: source.replace('  handle({', '  async handle({'),
    stubWasi: true,
  })
  return withOptionalImports(new Uint8Array(component), importedInterfaces(FORMER_VERSION))
}

export type AgentSubject =
  | 'fetch'
  | 'text'
  | 'hundred'
  | 'large'
  | 'order'
  | 'waiting'
  | 'upstream'
  | 'relay'
  | 'looping'
  | 'table'

/** An agent as its author builds it. */
export function agentSubject(name: AgentSubject): Promise<BuiltAgent> {
  return buildAgent({ directory: join(import.meta.dirname, `${name}-agent`) })
}

/** The example that is a Hono app. */
export function honoAgent(): Promise<BuiltAgent> {
  return buildAgent({ directory: join(PACKAGE_DIRECTORY, 'components', 'examples', 'hello') })
}
