/**
 * A component run the way jco's users isolate requests: `instantiate()` for each.
 *
 * Modules are compiled once. Calls are synchronous, unless the component itself makes them asynchronous.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tmpdir } from 'node:os'
import { transpile } from '@bytecodealliance/jco'

/** Exported functions, and exported interfaces, which are objects of functions. */
export interface JcoExports {
  readonly [name: string]: JcoFunction | Readonly<Record<string, JcoFunction>>
}
export type JcoFunction = (...values: unknown[]) => unknown

export interface JcoOptions {
  /** Functions that may suspend: `mayfly:agent/handler#handle`. Any makes jco use JSPI. */
  readonly asyncExports?: readonly string[]
  readonly asyncImports?: readonly string[]
  /** By interface. A function that is absent here is imported all the same, and fails when it is called. */
  readonly imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Transpiles `component`; returns a function that makes an instance. */
export async function jco(
  component: Uint8Array,
  { asyncExports = [], asyncImports = [], imports = {} }: JcoOptions = {},
): Promise<() => JcoExports> {
  const isAsync = asyncExports.length + asyncImports.length > 0
  const { files } = await transpile(component, {
    name: 'component',
    instantiation: 'sync',
    asyncMode: isAsync ? 'jspi' : 'sync',
    asyncExports,
    asyncImports,
    noTypescript: true,
  } as unknown as Parameters<typeof transpile>[1]) // The declared type lacks options that exist
  // jco returns bytes for every file.
  const sources = files as Record<string, Uint8Array<ArrayBuffer>>
  const modules = new Map<string, WebAssembly.Module>()
  for (const [name, bytes] of Object.entries(sources)) {
    if (name.endsWith('.wasm')) modules.set(name, await WebAssembly.compile(bytes))
  }
  const generated = await importText(sources['component.js'] ?? new Uint8Array())
  const provided = new Proxy(imports, {
    get: (own, name) => own[String(name)] ?? ABSENT,
  })
  return () => generated.instantiate((name) => moduleOf(modules, name), provided)
}

/** The function `name`, or `interface#name`. */
export function jcoFunction(exports: JcoExports, name: string): JcoFunction {
  const [first = '', second] = name.split('#')
  // jco exports interfaces with their version, and by their last name as well.
  const found = exports[first] ?? exports[first.slice(first.lastIndexOf('/') + 1)]
  const made = second === undefined || typeof found !== 'object' ? found : found[second]
  if (typeof made !== 'function') throw new TypeError(`Cannot call "${name}": jco exports none`)
  return made
}

interface Generated {
  instantiate(core: (name: string) => WebAssembly.Module, imports: unknown): JcoExports
}

async function importText(text: Uint8Array): Promise<Generated> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-'))
  try {
    const path = join(folder, 'component.mjs')
    await writeFile(path, text)
    return (await import(pathToFileURL(path).href)) as Generated
  } finally {
    await rm(folder, { recursive: true })
  }
}

function moduleOf(
  modules: ReadonlyMap<string, WebAssembly.Module>,
  name: string,
): WebAssembly.Module {
  const module = modules.get(name)
  if (module === undefined) throw new TypeError(`Cannot find core module "${name}"`)
  return module
}

const ABSENT: Readonly<Record<string, unknown>> = new Proxy(
  {},
  {
    get: () => () => {
      throw new TypeError('Cannot call an import: the subject is to compute only')
    },
  },
)
