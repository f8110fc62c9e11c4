/**
 * Turns an instance into a module that begins where the instance stands: memory becomes data segments,
 * mutable globals their initial values. The code stays, byte by byte, so that all agents share it.
 *
 * @module
 */
// By its file: the door has the whole rewriter, and this is loaded before each first build.
import { ByteReader } from '../../../runtime/binary/reader.ts'
import {
  concat,
  readExports,
  SECTION,
  sectionOf,
  signed,
  unsigned,
  withSection,
  writeExports,
  writeSections,
  type ModuleExport,
  type Section,
} from './sections.ts'

export interface InstanceState {
  readonly memory: Uint8Array
  /** Values of the mutable globals by export name. All of them are i32. */
  readonly globals: ReadonlyMap<string, number>
}

const PAGE_BYTES = 65_536
// A segment costs about 10 bytes, so a shorter gap is cheaper to store than to skip.
const MIN_GAP_BYTES = 16
// Engines of WebAssembly refuse more than 100,000.
const MAX_SEGMENTS = 50_000
const I32 = 0x7f
const I32_CONST = 0x41
const END = 0x0b

/** The module of `sections` with the state of an instance of it, exporting only `exports`. */
export function snapshotModule(
  sections: readonly Section[],
  state: InstanceState,
  exports: readonly ModuleExport[],
): Uint8Array<ArrayBuffer> {
  const pages = state.memory.length / PAGE_BYTES
  const replaced: readonly (readonly [number, Uint8Array])[] = [
    [SECTION.memory, concat([[1, 0], unsigned(pages)])],
    [SECTION.global, globalSection(sections, state.globals)],
    [SECTION.export, writeExports(exports)],
    [SECTION.data, dataSection(state.memory)],
  ]
  const kept = sections.filter(({ id }) => id !== SECTION.custom && id !== SECTION.dataCount)
  return writeSections(replaced.reduce((all, [id, content]) => withSection(all, id, content), kept))
}

/** Only i32 globals with a constant are understood: the merged module has no other. */
function globalSection(
  sections: readonly Section[],
  values: ReadonlyMap<string, number>,
): Uint8Array {
  const content = sectionOf(sections, SECTION.global)
  const names = new Map(
    readExports(sections).map(({ name, kind, index }) => [`${kind}:${index}`, name]),
  )
  const reader = new ByteReader(content, 0, content.length, 'global section')
  let index = 0
  const globals = reader.vector('globals', () => {
    const type = reader.byte()
    const isMutable = reader.byte() === 1
    const isConstant = reader.byte() === I32_CONST
    const initial = reader.s32()
    const value = isMutable ? values.get(names.get(`3:${index}`) ?? '') : initial
    index++
    if (type !== I32 || !isConstant || reader.byte() !== END || value === undefined) {
      return reader.refuse('a global that is not a plain i32, or mutable and not exported')
    }
    return concat([[type, isMutable ? 1 : 0, I32_CONST], signed(value), [END]])
  })
  return concat([unsigned(globals.length), ...globals])
}

function dataSection(memory: Uint8Array): Uint8Array {
  let gap = MIN_GAP_BYTES
  let stretches = runs(memory, gap)
  // Wide gaps are few, so the zeros that this stores are few as well.
  while (stretches.length > MAX_SEGMENTS) {
    gap *= 2
    stretches = runs(memory, gap)
  }
  const segments = stretches.flatMap(([start, end]): ArrayLike<number>[] => [
    [0, I32_CONST, ...signed(start), END, ...unsigned(end - start)],
    memory.subarray(start, end),
  ])
  return concat([unsigned(stretches.length), ...segments])
}

/** Stretches of memory that begin and end with something other than zero and hold no gap of `minGap` bytes. */
function runs(memory: Uint8Array, minGap: number): [start: number, end: number][] {
  const found: [start: number, end: number][] = []
  let start = -1
  let end = 0
  // Eight bytes at a time, because most bytes are zero. As two numbers: a bigint takes twice as long.
  const halves = new Int32Array(memory.buffer, memory.byteOffset, memory.length / 4)
  for (let half = 0; half < halves.length; half += 2) {
    if (halves[half] === 0 && halves[half + 1] === 0) continue
    const first = half * 4
    if (start >= 0 && first - end >= minGap) {
      found.push([start, end])
      start = -1
    }
    if (start < 0) start = first
    end = first + 8
  }
  if (start >= 0) found.push([start, end])
  return found
}
