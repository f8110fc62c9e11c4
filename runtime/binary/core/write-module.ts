/**
 * Writes the sections of a rewritten module around its rewritten code.
 *
 * Longer than other files: it writes the sections one after the other, in the order of the format, so that a reader
 * can compare it with the specification.
 *
 * @module
 */

import { ByteWriter } from './byte-writer.ts'
import { renumberExpression } from './constant-expression.ts'
import {
  EXTERNAL_KINDS,
  type CoreMemory,
  type CoreModule,
  type CoreTable,
  type ExternalKind,
} from './core-module.ts'
import { TYPE } from './core-types.ts'
import { copyElements } from './element-section.ts'
import {
  companionName,
  FUEL_GLOBAL,
  HOOK_MODULE,
  OUT_OF_FUEL,
  ROOM_GLOBAL,
  START_NAME,
  TURN,
  stateName,
  type StateKind,
} from './hidden-names.ts'
import { HELPER_TYPES, type HelperType } from './helper-functions.ts'
import { initialInteger } from './initial-globals.ts'
import type { BranchHints } from './function-rewriter.ts'
import { isSizable, type Layout } from './layout.ts'
import { OP } from './opcodes.ts'
import type { RewriteOptions } from './rewrite-options.ts'
import { MAX_TABLE_ELEMENTS } from './room.ts'

export interface WriteContext {
  readonly layout: Layout
  /** The bodies of the functions, without their number. */
  readonly code: ByteWriter
  readonly hints: readonly BranchHints[]
  readonly usesDataIndexes: boolean
  /** Globals to export although they cannot change. */
  readonly dataGlobals: readonly number[]
}

/** A page of a map holds one byte for each block of 512 bytes in this many of 64 KiB. One is added for what is left over. */
const PAGES_A_MAP_PAGE = 512
const MAX_PAGES = 65_536

/** Returns the bytes of the rewritten module. */
export function writeModule(
  module: CoreModule,
  options: RewriteOptions,
  context: WriteContext,
): Uint8Array<ArrayBuffer> {
  const { layout, code, usesDataIndexes } = context
  const { numbering, helpers } = layout
  const { undoGrowth = false, fuel = false, marks = false, stripData = false } = options
  const { maxMemoryPages = MAX_PAGES } = options
  const { bytes } = module
  const types = module.types.length
  const maps = layout.memories.filter(({ map }) => map !== undefined)
  const sizes = layout.memories.filter(({ size }) => size !== undefined)
  const out = new ByteWriter(code.length + 65_536)
  out.copy(bytes, 0, 8)

  section(out, 1, (body) => {
    const added = Object.values(HELPER_TYPES)
    body.unsigned(module.typeSection.count + added.length)
    body.copy(bytes, module.typeSection.body.start, module.typeSection.body.end)
    for (const { params, results } of added) functionType(body, params, results)
  })

  section(out, 2, (body) => {
    const mapped = maps.flatMap(({ memory }) => memory.imported ?? [])
    const sized = sizes.flatMap(({ memory }) => memory.imported ?? [])
    const hooks = (fuel ? 3 : 0) + (layout.room === undefined ? 0 : 1)
    body.unsigned(module.imports.length + mapped.length + sized.length + hooks)
    let memory = 0
    for (const { module: from, name, kind, description } of module.imports) {
      importName(body, from, name, kind)
      const type = kind === 'memory' ? module.memories[memory++] : undefined
      if (undoGrowth && type !== undefined && isSizable(type)) limits(body, 0, type.maximum)
      else body.copy(bytes, description.start, description.end)
    }
    for (const { module: from, name } of mapped) {
      importName(body, from, companionName('map', name), 'memory')
      limits(body, 1)
    }
    for (const { module: from, name } of sized) {
      importName(body, from, companionName('size', name), 'global')
      mutableInteger(body)
    }
    const hook = (name: string): void => {
      importName(body, HOOK_MODULE, name, 'global')
      mutableInteger(body)
    }
    if (fuel) hook(FUEL_GLOBAL)
    if (layout.room !== undefined) hook(ROOM_GLOBAL)
    if (!fuel) return
    importName(body, HOOK_MODULE, OUT_OF_FUEL, 'func')
    body.unsigned(types + helperIndex('question'))
    importName(body, HOOK_MODULE, TURN, 'func')
    body.unsigned(types + helperIndex('nothing'))
  })

  section(out, 3, (body) => {
    const defined = module.functions.slice(module.importedFunctions)
    body.unsigned(defined.length + helpers.length)
    for (const type of defined) body.unsigned(type)
    for (const { type } of helpers) body.unsigned(types + helperIndex(type))
  })

  vector(out, 4, own(module.tables), (body, table) => {
    if (table.initial) {
      body.byte(0x40)
      body.byte(0)
    }
    body.copy(bytes, table.type.start, table.type.end)
    capped(body, table, MAX_TABLE_ELEMENTS)
    if (table.initial) renumberExpression(bytes, table.initial, numbering, body)
  })

  const memories = own(module.memories)
  section(out, 5, (body) => {
    body.unsigned(memories.length * (marks ? 2 : 1))
    for (const memory of memories) {
      const minimum = undoGrowth && isSizable(memory) ? 0 : memory.minimum
      capped(body, { ...memory, minimum }, maxMemoryPages)
    }
    if (!marks) return
    for (const { maximum = MAX_PAGES } of memories) {
      const pages = 1 + Math.floor(Math.min(maximum, maxMemoryPages) / PAGES_A_MAP_PAGE)
      limits(body, pages, pages)
    }
  })

  if (module.tags.body) {
    const { start, end } = module.tags.body
    section(out, 13, (body) => body.copy(bytes, start, end))
  }

  section(out, 6, (body) => {
    const globals = own(module.globals)
    const sized = sizes.filter(({ memory }) => memory.imported === undefined)
    body.unsigned(globals.length + sized.length)
    for (const global of globals) {
      body.copy(bytes, global.type.start, global.type.end)
      body.byte(global.mutable ? 1 : 0)
      const value = undoGrowth ? initialInteger(module, global) : undefined
      if (value !== undefined) zero(body, typeof value === 'bigint' ? OP.i64Const : OP.i32Const)
      else if (global.initial) renumberExpression(bytes, global.initial, numbering, body)
    }
    for (const { memory } of sized) {
      mutableInteger(body)
      body.byte(OP.i32Const)
      body.signed(undoGrowth ? 0 : memory.minimum)
      body.byte(OP.end)
    }
  })

  vector(out, 7, exportsOf(module, options, context), (body, { name, kind, index }) => {
    body.name(name)
    body.byte(EXTERNAL_KINDS.indexOf(kind))
    body.unsigned(index)
  })

  if (module.start !== undefined && !stripData) {
    const start = numbering.func(module.start)
    section(out, 8, (body) => body.unsigned(start))
  }

  section(out, 9, (body) => copyElements(module, numbering, body))

  // Segments that no instruction names need not exist once the host has their bytes.
  const keepsData = !stripData || usesDataIndexes
  if (keepsData && module.hasDataCount)
    section(out, 12, (body) => body.unsigned(module.data.length))

  // Unhinted, the engine keeps registers free for calls that hardly ever happen.
  if (context.hints.length > 0)
    section(out, 0, (body) => {
      body.name('metadata.code.branch_hint')
      body.unsigned(context.hints.length)
      for (const { func, offsets } of context.hints) {
        body.unsigned(func)
        body.unsigned(offsets.length)
        for (const offset of offsets) {
          body.unsigned(offset)
          // A hint of one byte: not likely.
          body.byte(1)
          body.byte(0)
        }
      }
    })

  section(out, 10, (body) => {
    body.unsigned(module.code.length + helpers.length)
    body.copy(code.view())
    for (const { write } of helpers) write(body)
  })

  if (keepsData) {
    vector(out, 11, module.data, (body, { active, bytes: range }) => {
      if (active !== undefined && stripData) {
        // After instantiation an active segment is as good as an empty one.
        body.byte(1)
        body.byte(0)
        return
      }
      if (active === undefined) body.byte(1)
      else {
        body.byte(2)
        body.unsigned(active.memory)
        renumberExpression(bytes, active.offset, numbering, body)
      }
      body.sized(bytes.subarray(range.start, range.end))
    })
  }
  return out.finish()
}

/** Index of an added type, after the types of the module. */
function helperIndex(type: HelperType): number {
  return Object.keys(HELPER_TYPES).indexOf(type)
}

interface NamedExport {
  readonly name: string
  readonly kind: ExternalKind
  readonly index: number
}

/** The exports of the module, with indexes of the rewritten module. */
function exportsOf(
  module: CoreModule,
  { exportState = false, marks = false, stripData = false }: RewriteOptions,
  { dataGlobals, layout }: WriteContext,
): NamedExport[] {
  const { numbering, memories } = layout
  const all: NamedExport[] = []
  const add = (name: string, kind: ExternalKind, index: number): void => {
    const numbered =
      kind === 'func' ? numbering.func(index) : kind === 'global' ? numbering.global(index) : index
    all.push({ name, kind, index: numbered })
  }
  const addMemory = (name: string, index: number): void => {
    add(name, 'memory', index)
    const { map, size } = memories[index] ?? {}
    if (map !== undefined) add(companionName('map', name), 'memory', map)
    if (size !== undefined)
      all.push({ name: companionName('size', name), kind: 'global', index: size })
  }
  for (const { name, kind, index } of module.exports)
    if (kind === 'memory') addMemory(name, index)
    else add(name, kind, index)
  module.globals.forEach(({ imported, mutable, type }, i) => {
    if (imported === undefined && ((exportState && mutable) || dataGlobals.includes(i)))
      add(stateName(globalKind(module.bytes[type.start]), i), 'global', i)
  })
  module.memories.forEach(({ imported }, i) => {
    if (imported === undefined && (exportState || marks || stripData))
      addMemory(stateName('memory', i), i)
  })
  module.tables.forEach(({ imported }, i) => {
    if (imported === undefined && exportState) add(stateName('table', i), 'table', i)
  })
  if (stripData && module.start !== undefined) add(START_NAME, 'func', module.start)
  return all
}

function globalKind(type: number | undefined): StateKind {
  return type === TYPE.f32 ? 'f32' : type === TYPE.f64 ? 'f64' : 'global'
}

function own<T extends { imported?: unknown }>(all: readonly T[]): T[] {
  return all.filter(({ imported }) => imported === undefined)
}

function section(out: ByteWriter, id: number, write: (body: ByteWriter) => void): void {
  const body = new ByteWriter()
  write(body)
  // One byte is the number zero: the section would be empty.
  if (body.length === 0 || (body.length === 1 && body.view()[0] === 0 && id !== 8)) return
  out.byte(id)
  out.sized(body.view())
}

function vector<T>(
  out: ByteWriter,
  id: number,
  elements: readonly T[],
  write: (body: ByteWriter, element: T) => void,
): void {
  section(out, id, (body) => {
    body.unsigned(elements.length)
    for (const element of elements) write(body, element)
  })
}

function functionType(
  body: ByteWriter,
  params: readonly number[],
  results: readonly number[],
): void {
  body.byte(0x60)
  for (const types of [params, results]) {
    body.unsigned(types.length)
    for (const type of types) body.byte(type)
  }
}

function importName(body: ByteWriter, module: string, name: string, kind: ExternalKind): void {
  body.name(module)
  body.name(name)
  body.byte(EXTERNAL_KINDS.indexOf(kind))
}

function capped(body: ByteWriter, type: CoreMemory | CoreTable, cap: number): void {
  // A table that begins above the cap is refused before it is instantiated.
  const maximum = Math.max(type.minimum, Math.min(type.maximum ?? cap, cap))
  limits(body, type.minimum, maximum, (type.shared ? 2 : 0) | (type.wide ? 4 : 0))
}

function limits(body: ByteWriter, minimum: number, maximum?: number, flags = 0): void {
  body.byte(flags | (maximum === undefined ? 0 : 1))
  body.unsigned(minimum)
  if (maximum !== undefined) body.unsigned(maximum)
}

function mutableInteger(body: ByteWriter): void {
  body.byte(TYPE.i32)
  body.byte(1)
}

function zero(body: ByteWriter, opcode: number): void {
  body.byte(opcode)
  body.byte(0)
  body.byte(OP.end)
}
