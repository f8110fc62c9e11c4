/** Components and source maps of versions in a state store, each named by its agent and its content. @module */

import type { PackedMap } from '../source-maps/index.ts'
import { sha256 } from '../digest/index.ts'
import type { StateStore } from './state/index.ts'

const COMPONENT_SUFFIX = '.wasm'
const MAP_SUFFIX = '.map'
const NAMED_BY = 16 // Hexadecimal digits of a digest: enough for the versions of one agent

/** @param hash - of the component, in hexadecimal */
export function componentFile(agent: string, hash: string): string {
  return `${agent}.${hash.slice(0, NAMED_BY)}${COMPONENT_SUFFIX}`
}

/** @param hash - of the packed map, in hexadecimal */
export function mapFile(agent: string, hash: string): string {
  return `${agent}.${hash.slice(0, NAMED_BY)}${MAP_SUFFIX}`
}

/** @throws {Error} when it is gone, or its content has another hash */
export function readComponent(
  state: StateStore,
  file: string,
  hash: string,
): Uint8Array<ArrayBuffer> {
  const component = state.read(file)
  if (component === undefined) throw new Error('its component is gone')
  if (sha256(component) !== hash) throw new Error('its component was changed')
  return component
}

/** The source map of a version, which is served without it as well. */
export function readMap(
  state: StateStore,
  file: string | undefined,
): { readonly sourceMap?: PackedMap } {
  const content = file === undefined ? undefined : state.read(file)
  if (content === undefined) return {}
  const sourceMap = new Uint8Array(new SharedArrayBuffer(content.length))
  sourceMap.set(content)
  return { sourceMap }
}

/** Removes components and source maps of an agent that are none of `kept`. */
export function removeParts(state: StateStore, agent: string, kept: ReadonlySet<string>): void {
  for (const file of state.list()) {
    const isPart = file.endsWith(COMPONENT_SUFFIX) || file.endsWith(MAP_SUFFIX)
    if (isPart && file.startsWith(`${agent}.`) && !kept.has(file)) state.remove(file)
  }
}
