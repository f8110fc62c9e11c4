/**
 * The world of agents as its WIT has it, and the names that its functions have in JavaScript and in the adapter.
 *
 * @module
 */
import { FORMER_VERSION, WORLD, witSource } from '../../../host/toolchain/package-files.ts'
import type { ImportedFunction, LinkPlan } from '../../../runtime/link/index.ts'
import { planOfWit } from '../plan-of-wit.ts'

export type Type = ImportedFunction['type']['params'][number]['type']

type LiftedFunction = LinkPlan['lifts'][number]

/** One interface that agents import. */
export interface Interface {
  /** `mayfly:agent/kv@0.1.0` */
  readonly path: string
  /** `kv` */
  readonly name: string
  readonly functions: readonly ImportedFunction[]
  readonly resources: readonly string[]
  /** The cases of its error; nothing when it has none. */
  readonly errors: readonly string[] | undefined
  /** Where the resource of a handle comes from. */
  resourceOf(index: number): { readonly path: string; readonly name: string }
}

/** The type of the one function that agents export. */
export const handler: LiftedFunction['type'] = await handlerOf(witSource())
/** Those that our own engine binds. */
export const interfaces: readonly Interface[] = await interfacesOf(witSource())
/** Those of the version before, for the engines of others. */
export const formerInterfaces: readonly Interface[] = await interfacesOf(witSource(FORMER_VERSION))

/**
 * A function that has the parts of a body first among its streams and futures, and the cases of the error that a body can
 * end with.
 */
export const streaming: readonly [of: Interface, name: string, errors: readonly string[]] =
  streamingOf()

async function handlerOf(wit: string): Promise<LiftedFunction['type']> {
  const { lifts } = await planOfWit(wit, WORLD)
  const [only] = lifts
  if (only === undefined || lifts.length > 1)
    throw new Error('Cannot bind a world that exports more than `handle`')
  return only.type
}

async function interfacesOf(wit: string): Promise<readonly Interface[]> {
  const { imports, resources } = await planOfWit(wit, WORLD)
  const imported = resources.flatMap((each) => (each.kind === 'imported' ? [each] : []))
  return [...Map.groupBy(imports, ({ interface: path }) => path)].map(([path, functions]) => ({
    path,
    name: path.replace(/.*\//, '').replace(/@.*/, ''),
    functions,
    resources: imported.filter(({ interface: of }) => of === path).map(({ name }) => name),
    errors: errorsOf(path, functions),
    resourceOf(index) {
      const resource = resources[index]
      if (resource?.kind === 'imported') return { path: resource.interface, name: resource.name }
      throw new Error('Cannot name a resource that is not imported')
    },
  }))
}

/** `kv`, `get-many` → `kvGetMany`; `blob`, `[method]blob.size` → `blobSize`. */
export function nativeName(of: Interface, name: string): string {
  return camel(`${of.name}-${name.replace(/^\[.*\][\w-]+\./, '')}`)
}

export function camel(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

export function pascal(name: string): string {
  return camel(`-${name}`)
}

function errorsOf(
  path: string,
  functions: readonly ImportedFunction[],
): readonly string[] | undefined {
  const enums = functions.flatMap(({ type: { result } }) =>
    result?.kind === 'result' && result.error?.kind === 'enum' ? [result.error.names] : [],
  )
  if (new Set(enums.map((names) => names.join())).size > 1)
    throw new Error(`Cannot bind "${path}": it has more than one error, and the adapter throws one`)
  return enums[0]
}

function streamingOf(): [Interface, string, readonly string[]] {
  const found = interfaces.flatMap((of) =>
    of.functions.flatMap(({ name, type }) => {
      const parts = type.params.map((param) => param.type).concat(type.result ?? [])
      const ends = parts.flatMap(endsOf)
      return ends.length === 0 ? [] : [{ of, name, ends }]
    }),
  )
  const [first] = found
  const future = first?.ends[1]
  if (first === undefined || future?.kind !== 'future' || future.element?.kind !== 'result')
    throw new Error('Cannot bind a world without a function that takes or gives a body')
  // Built-ins are bound once.
  const shapes = new Set(found.flatMap(({ ends }) => ends).map((end) => JSON.stringify(end)))
  if (shapes.size > 2 || future.element.error?.kind !== 'enum')
    throw new Error(
      'Cannot bind streams and futures that are no bodies: the adapter has no built-ins for them',
    )
  return [first.of, first.name, future.element.error.names]
}

/** Streams and futures in `type`, in their order. */
export function endsOf(type: Type | undefined): Extract<Type, { kind: 'stream' | 'future' }>[] {
  switch (type?.kind) {
    case 'stream':
    case 'future':
      return [type]
    case 'record':
      return type.fields.flatMap((field) => endsOf(field.type))
    case 'tuple':
      return type.elements.flatMap(endsOf)
    case 'variant':
      return type.cases.flatMap((each) => endsOf(each.type))
    case 'option':
      return endsOf(type.some)
    case 'result':
      return [type.ok, type.error].flatMap(endsOf)
    case 'list':
      return endsOf(type.element)
    default:
      return []
  }
}

/** Whether `type` is a body that arrives: a stream of bytes, and a future of whether that was all. */
export function isBody(type: Type): boolean {
  if (type.kind !== 'record') return false
  const [bytes, end] = type.fields.map((field) => field.type)
  return type.fields.length === 2 && bytes?.kind === 'stream' && end?.kind === 'future'
}

/** `response-body` → `RESPONSE_BODY`. */
export function constant(name: string): string {
  return name.replaceAll('-', '_').toUpperCase()
}
