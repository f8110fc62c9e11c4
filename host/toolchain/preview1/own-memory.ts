/**
 * Gives the adapter of a module for WASI 0.1 a memory of its own.
 *
 * The adapter keeps its state and its stack in the memory that the module exports, and grows it for them. Allocators that
 * take all of a memory for theirs hand these pages out: those of AssemblyScript, TinyGo, Grain, and of wasi-libc before
 * 2023. So the module gets a second memory, which it exports in place of its own, and a function for each import with
 * pointers, which carries bytes between the two.
 *
 * @module
 */
import {
  ByteReader,
  readCoreModule,
  redirectCalls,
  type CoreModule,
} from '../../../runtime/binary/index.ts'
import {
  concat,
  readExports,
  readSections,
  SECTION,
  sectionOf,
  unsigned,
  writeExports,
  writeSections,
  type Section,
} from '../quickjs/sections.ts'
import {
  carryText,
  reserveText,
  stringListText,
  type Callee,
  type CarryContext,
} from './carry-call.ts'
import { POINTERS, STRING_LISTS } from './pointers.ts'

const TYPE_SECTION = 1
const FUNCTION_SECTION = 3
const ELEMENT_SECTION = 9
const MEMORY = 'memory'
const MEMORY_KIND = 2
// With this export a module says itself where the adapter may keep things.
const REALLOC = 'cabi_realloc'
const RESERVE_TYPE = [0x60, 1, 0x7f, 1, 0x7f] // From i32 to i32
const ONE_PAGE = [0, 1]

/**
 * Returns `bytes` itself if the module chooses the adapter's memory, or passes it no pointers.
 *
 * @param wasi - the name of WASI 0.1 among imports
 */
export async function ownMemory(bytes: Uint8Array, wasi: string): Promise<Uint8Array> {
  const module = readCoreModule(bytes)
  const { exports, memories } = module
  const program = exports.find(({ name, kind }) => name === MEMORY && kind === 'memory')?.index
  if (program === undefined || exports.some(({ name }) => name === REALLOC)) return bytes
  if (memories.some(({ imported, wide }) => imported !== undefined || wide)) return bytes
  const reserve = module.functions.length
  const context = { program, adapter: memories.length, reserve }
  const carried = carriers(module, wasi, context)
  if (carried.length === 0) return bytes

  const targets = new Map(carried.map(({ callee }, index) => [callee.func, reserve + 1 + index]))
  const redirected = redirectCalls(module, targets)
  const bodies = await bodiesOf([reserveText(context), ...carried.map(({ text }) => text)])
  const types = carried.map(({ callee }) => module.functions[callee.func] ?? 0)
  const defined = module.functions.slice(module.importedFunctions)
  const sections = readSections(bytes)
  const memory = { name: MEMORY, kind: MEMORY_KIND, index: context.adapter }
  const kept = readExports(sections).filter(({ name }) => name !== MEMORY)
  const changed = new Map<number, Uint8Array>([
    [TYPE_SECTION, appended(sections, TYPE_SECTION, RESERVE_TYPE)],
    [FUNCTION_SECTION, vector([...defined, module.typeSection.count, ...types].map(unsigned))],
    [SECTION.memory, appended(sections, SECTION.memory, ONE_PAGE)],
    [SECTION.export, writeExports([...kept, memory])],
    [ELEMENT_SECTION, redirected.elements],
    [SECTION.code, joined(defined.length + bodies.count, redirected.code, bodies.bytes)],
  ])
  return writeSections(
    sections.map(({ id, content }) => ({ id, content: changed.get(id) ?? content })),
  )
}

interface Carried {
  readonly callee: Callee
  readonly text: string
}

/** The functions that stand before imports of `module`, in the order of the imports. */
function carriers(module: CoreModule, wasi: string, context: CarryContext): Carried[] {
  const functions = module.imports.filter(({ kind }) => kind === 'func')
  // A module may import one function several times.
  const callees = functions.flatMap(({ module: from, name }, func) => {
    const params = module.types[module.functions[func] ?? -1]?.params
    return from === wasi && params !== undefined ? [{ name, func, params }] : []
  })
  const sizesOf = ({ name }: NamedCallee): NamedCallee | undefined =>
    callees.find((each) => each.name === STRING_LISTS[name]?.sizes)
  // No program asks for strings without asking how much room they take. One that did would need the memory it has.
  const isOdd = (each: NamedCallee): boolean =>
    STRING_LISTS[each.name] !== undefined && sizesOf(each) === undefined
  if (callees.some(isOdd)) return []
  return callees.flatMap((callee) => {
    const pointers = POINTERS[callee.name]
    if (pointers !== undefined) return [{ callee, text: carryText(callee, pointers, context) }]
    const sizes = sizesOf(callee)
    return sizes === undefined ? [] : [{ callee, text: stringListText(callee, sizes, context) }]
  })
}

interface NamedCallee extends Callee {
  readonly name: string
}

async function bodiesOf(
  texts: readonly string[],
): Promise<{ readonly count: number; readonly bytes: Uint8Array }> {
  const { parse } = await import('@bytecodealliance/jco')
  const parsed = await parse(`(module ${texts.join('\n')})`)
  const code = sectionOf(readSections(parsed), SECTION.code)
  return { count: texts.length, bytes: code.subarray(unsigned(texts.length).length) }
}

function appended(sections: readonly Section[], id: number, item: readonly number[]): Uint8Array {
  const content = sectionOf(sections, id)
  const count = readCount(content)
  return joined(count + 1, content.subarray(unsigned(count).length), item)
}

function readCount(content: Uint8Array): number {
  return new ByteReader(content, 0, content.length, 'section').u32()
}

function vector(items: readonly (readonly number[])[]): Uint8Array {
  return joined(items.length, ...items)
}

function joined(count: number, ...parts: readonly ArrayLike<number>[]): Uint8Array {
  return concat([unsigned(count), ...parts])
}
