/**
 * Takes a component apart into its skeleton, which is code and linking, and the state that its core modules begin with.
 *
 * Agents made by one toolchain have one skeleton. All that is found out about a component apart from its state is true
 * of every component with the same skeleton, so it need be found out once. See `core/module-state.ts` for why that holds
 * of being valid too.
 *
 * @module
 */
import { isMayflyError } from '../../errors/index.ts'
import { takeApart, type ModuleState } from '../core/module-state.ts'
import { ByteReader } from '../reader.ts'
import type { Range } from './component.ts'

export interface Skeleton {
  /** For hashing. Two components with the same bytes here differ in their state only. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly layout: SkeletonLayout
  /** By core module at the top level; `undefined` where the skeleton has all of it. */
  readonly states: readonly (ModuleState | undefined)[]
}

/** The places of the parts of one component. */
export interface SkeletonLayout {
  /** Where the sections begin. */
  readonly sections: readonly number[]
  /** The core modules at the top level. */
  readonly modules: readonly Range[]
}

/**
 * The custom section with the functions that an agent declares. No skeleton has it: no code or linking depends on it, and it
 * is another one for each agent.
 */
export const FUNCTIONS_SECTION = 'mayfly:functions'

const PREAMBLE_BYTES = 8
const CORE_MODULE = 1
const CUSTOM = 0
/** Numbers before the contents: how many pieces there are, then of each its length. */
const NUMBER_BYTES = 4

/** Returns the functions that `component` declares, as they stand in it; nothing without any. The first section counts. */
export function functionsSection(component: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(component)
  reader.skip(PREAMBLE_BYTES)
  while (!reader.done) {
    const id = reader.byte()
    const section = reader.part(reader.u32())
    if (id === CUSTOM && section.name() === FUNCTIONS_SECTION)
      return component.subarray(section.offset, section.end)
  }
  return undefined
}

/** Takes `component` apart; returns nothing when it is cut short or broken in a way that shows here. */
export function takeComponentApart(component: Uint8Array): Skeleton | undefined {
  try {
    return read(component)
  } catch (error) {
    // The decoder says the same, and more exactly.
    if (isMayflyError(error)) return undefined
    throw error
  }
}

function read(component: Uint8Array): Skeleton {
  const reader = new ByteReader(component)
  const pieces: Uint8Array[] = []
  const sections: number[] = []
  const modules: Range[] = []
  const states: (ModuleState | undefined)[] = []
  let from = 0
  /** In front of `from`, what was left between sections that no skeleton has. */
  let before: Uint8Array[] = []
  reader.skip(PREAMBLE_BYTES)
  while (!reader.done) {
    const start = reader.offset
    const id = reader.byte()
    const section = reader.part(reader.u32())
    if (id === CUSTOM && section.name() === FUNCTIONS_SECTION) {
      before.push(component.subarray(from, start))
      from = reader.offset
      continue
    }
    sections.push(start)
    if (id !== CORE_MODULE) continue
    modules.push({ start: section.offset, end: section.end })
    const apart = takeApart(section)
    states.push(apart?.state)
    if (apart === undefined) continue
    pieces.push(whole([...before, component.subarray(from, start)]), MODULE, ...apart.code, MODULE)
    before = []
    from = reader.offset
  }
  pieces.push(whole([...before, component.subarray(from)]))
  return { bytes: joined(pieces), layout: { sections, modules }, states }
}

/** One piece: where it was cut does not show. */
function whole(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Stands where a module that is taken apart begins and ends. */
const MODULE = Uint8Array.of(CORE_MODULE)

/** Joins `pieces` so that they can be told apart again: other pieces never make the same bytes. */
function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const numbers = (pieces.length + 1) * NUMBER_BYTES
  const length = pieces.reduce((sum, piece) => sum + piece.length, numbers)
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, pieces.length)
  let at = numbers
  for (const [index, piece] of pieces.entries()) {
    view.setUint32((index + 1) * NUMBER_BYTES, piece.length)
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** Returns where `range` of a component with layout `before` is in one of the same skeleton with layout `after`. */
export function moved(range: Range, before: SkeletonLayout, after: SkeletonLayout): Range {
  const module = before.modules.findIndex(({ start }) => start === range.start)
  const found = after.modules[module]
  if (found !== undefined) return found
  const section = before.sections.findLastIndex((start) => start <= range.start)
  const by = (after.sections[section] ?? 0) - (before.sections[section] ?? 0)
  return { start: range.start + by, end: range.end + by }
}
