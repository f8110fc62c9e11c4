/**
 * The modules of the interfaces of WIT, and of the engine. They re-export functions of the prelude, or bind functions of the
 * adapter themselves.
 *
 * The library has what it imports of them inside. So an agent has such a module only if it imports it by its name.
 *
 * @module
 */
import { MODULES, NATIVES } from './natives.gen.ts'

/** Exports of the prelude beside the interfaces of WIT. */
const ENGINE_MODULE = [
  'encodeUtf8',
  'decodeUtf8',
  'decodeLatin1',
  'parseJson',
  'respond',
  'quiet',
  'settledValue',
  'cancelCall',
  'onCancel',
  'onRejection',
  'stay',
  'makeEnds',
  'readStream',
  'writeStream',
  'readFuture',
  'writeFuture',
  'dropEnd',
  'cancelCopy',
]

export const PRELUDE = 'mayfly:prelude'
/** The module of both interfaces of WebSockets: they share a resource. */
export const WEBSOCKETS = 'mayfly:websockets'
/** The global that has functions of the adapter while the module that binds them is evaluated. */
export const BOUND = 'mayflyNatives'

/** A function of the adapter: its number, its name, and how many arguments it reads. */
export type BoundNative = readonly [which: number, name: string, length: number]

export interface ModuleSource {
  readonly name: string
  readonly source: string
  /**
   * Names that are variables of it, and nothing else: they become one.
   *
   * @default none
   */
  readonly locals?: readonly string[]
}

/** A module that agents have only if they import it. */
export interface ModuleApart extends ModuleSource {
  /** What `BOUND` has while it is evaluated. */
  readonly natives: readonly BoundNative[]
}

// Objects of these would be in the image of every agent. Few have them.
const SHARED_RESOURCE = ['websocket', 'websocket-server']
/** Names of interfaces whose functions the prelude does not bind: their modules do. */
export const APART: readonly string[] = [...SHARED_RESOURCE, 'queue', 'intl', 'crypto', 'secrets']
/** Beginnings of names of functions that belong to the resource. */
const OF_WEBSOCKETS = /^(?:websocket|connection)(?=[A-Z])/

/** Returns the source of the module `name`; nothing when there is none of that name. */
export function interfaceModule(name: string): string | undefined {
  const functions = name === ENGINE ? ENGINE_MODULE : MODULES[name]
  if (functions === undefined) return undefined
  const key = keyOf(name)
  if (SHARED_RESOURCE.includes(key)) {
    return `export { ${functions.join(', ')} } from '${WEBSOCKETS}'`
  }
  const isApart = APART.includes(key)
  // Under other names first: `delete` cannot be the name of a variable.
  const constants = functions.map((made, at) => {
    const field = isApart ? nativeOf(key, made) : made
    return `const f${at} = functions[${JSON.stringify(field)}]`
  })
  const exported = functions.map((made, at) => `f${at} as ${made}`)
  return [
    ...(isApart
      ? [`const functions = globalThis.${BOUND}`, `delete globalThis.${BOUND}`]
      : [`import { interfaces } from '${PRELUDE}'`, `const functions = interfaces['${key}']`]),
    ...constants,
    `export { ${exported.join(', ')} }`,
  ].join('\n')
}

/** Returns all of these modules. @param websockets - the source of `WEBSOCKETS` */
export function modulesApart(websockets: string): ModuleApart[] {
  const shared = { name: WEBSOCKETS, source: websockets, natives: nativesWith(OF_WEBSOCKETS) }
  const modules = [...Object.keys(MODULES), ENGINE].map((name) => {
    const key = keyOf(name)
    const binds = APART.includes(key) && !SHARED_RESOURCE.includes(key)
    const natives = binds ? nativesWith(new RegExp(`^${camel(key)}(?=[A-Z])`)) : []
    return { name, source: interfaceModule(name) ?? '', natives }
  })
  return [shared, ...modules]
}

/** The functions of the adapter that the prelude binds. */
export function preludeNatives(): readonly BoundNative[] {
  const others = new Set(modulesApart('').flatMap(({ natives }) => natives.map(([which]) => which)))
  return numbered().filter(([which]) => !others.has(which))
}

/**
 * Returns the modules among `modules` that `source` imports, directly or not, in the order in which they are evaluated. A
 * name in a text of `source` counts as well.
 *
 * @param modules - each behind those that it imports
 */
export function importedModules(source: string, modules: readonly ModuleApart[]): ModuleApart[] {
  const found: ModuleApart[] = []
  const texts = [source]
  for (const module of modules.toReversed()) {
    const isNamed = new RegExp(`["'\`]${RegExp.escape(module.name)}["'\`]`)
    if (!texts.some((text) => isNamed.test(text))) continue
    found.unshift(module)
    texts.push(module.source)
  }
  return found
}

const ENGINE = 'mayfly:agent/engine'

function nativesWith(name: RegExp): BoundNative[] {
  return numbered().filter(([, native]) => name.test(native))
}

function numbered(): BoundNative[] {
  return NATIVES.map(([name, length], which) => [which, name, length])
}

/** The function of the adapter for the function `name` of the interface `key`. */
function nativeOf(key: string, name: string): string {
  return camel(key) + name.charAt(0).toUpperCase() + name.slice(1)
}

/** The name of the interface in the name of its module. */
function keyOf(name: string): string {
  return /\/([\w-]+)/.exec(name)?.[1] ?? ''
}

function camel(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
