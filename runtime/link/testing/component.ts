/**
 * Components for tests: from WAT, or from WIT and a core module in WAT.
 *
 * @module
 */

import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco'
import { decodeComponent } from '../../binary/index.ts'
import {
  ComponentInstance,
  compilePlan,
  makePlan,
  resolveImports,
  type CompiledPlan,
  type HostDispatcher,
  type ImportSource,
  type InstanceOptions,
} from '../index.ts'

/** A component ready to be instantiated any number of times. */
export interface Loaded {
  readonly bytes: Uint8Array
  readonly plan: CompiledPlan
  readonly modules: readonly WebAssembly.Module[]
}

export function load(bytes: Uint8Array): Loaded {
  const plan = makePlan(decodeComponent(bytes), bytes)
  const modules = plan.modules.map(
    ({ start, end }) => new WebAssembly.Module(bytes.slice(start, end)),
  )
  return { bytes, plan: compilePlan(plan), modules }
}

export async function loadWat(wat: string): Promise<Loaded> {
  return load(await parse(wat))
}

export type Encoding = 'utf8' | 'utf16' | 'compact-utf16'

/** Wraps `wat`, a core module written for `wit`, into a component. */
export async function componentOf(
  wit: string,
  wat: string,
  encoding: Encoding = 'utf8',
): Promise<Uint8Array> {
  const binary = await parse(wat)
  const embedded = await componentEmbed({
    witSource: wit,
    binary,
    stringEncoding: encoding,
  } as Parameters<typeof componentEmbed>[0]) // The declared type asks for more than is read
  return componentNew(embedded)
}

/** A host that calls the functions in `imports`. */
export function hostOf({ plan }: Loaded, imports: ImportSource): HostDispatcher {
  const { callables } = resolveImports(plan.link, imports)
  return {
    call(index, values) {
      const callable = callables[index]
      if (callable === undefined) {
        throw new Error(`no host function for ${plan.link.imports[index]?.name}`)
      }
      return callable(values)
    },
  }
}

export function instantiate(
  loaded: Loaded,
  imports: ImportSource = {},
  options: InstanceOptions = {},
): ComponentInstance {
  return new ComponentInstance(loaded.plan, loaded.modules, {
    host: hostOf(loaded, imports),
    ...options,
  })
}
