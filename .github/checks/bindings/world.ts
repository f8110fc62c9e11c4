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

/** `response-body` → `RESPONSE_BODY`. */
export function constant(name: string): string {
  return name.replaceAll('-', '_').toUpperCase()
}
