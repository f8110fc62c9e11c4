/**
 * Names that a rewritten module uses to export its state to the host, and to import from the host.
 *
 * A guest that uses such a name itself is refused.
 *
 * @module
 */

/** Module of the imports that rewriting adds. Reserved: a guest could import its own fuel, and fill it up. */
export const HOOK_MODULE = '[mayfly]'
/** A mutable i32 global: the fuel that is left. */
export const FUEL_GLOBAL = 'fuel'
/** A function `() -> i32`, called when the fuel global is below zero. Its result says whether to call the next. */
export const OUT_OF_FUEL = 'out_of_fuel'
/** A function `() -> ()` in which the guest waits for its turn: the import suspends. */
export const TURN = 'turn'

/** A mutable i32 global: the allocation left to the component, in the units of `room.ts`. */
export const ROOM_GLOBAL = 'room'

// No toolchain makes names that begin so: `mayfly:` would be the namespace of our own WIT.
const PREFIX = '[mayfly]'

export const START_NAME: string = `${PREFIX}start`

/** `f32` and `f64` are mutable globals of that type: reading them as numbers would change some. */
export type StateKind = 'memory' | 'global' | 'f32' | 'f64' | 'table'

/** The name of the memory, global or table with `index` in its module. */
export function stateName(kind: StateKind, index: number): string {
  return `${PREFIX}${kind}:${index}`
}

/** A companion of a memory: the map of its written pages, or the size the guest sees. */
export type Companion = 'map' | 'size'

/**
 * The name of a companion, from the name of its memory. A module that exports a memory exports its companions too; a
 * module that imports a memory imports its companions from the same place.
 */
export function companionName(companion: Companion, memory: string): string {
  return `${PREFIX}${companion}:${memory}`
}

/** `companionName` of a map. */
export function mapName(memory: string): string {
  return companionName('map', memory)
}

export function isHiddenName(name: string): boolean {
  return name.startsWith(PREFIX)
}
