/**
 * Takes a core module apart into its code and the numbers and bytes that its instances begin with.
 *
 * Two valid modules with the same code here are equal but for that state. More is meant by it: where one is valid, every
 * module with the same code is, because all that is left out is checked here as strictly as an engine would. A module
 * with another kind of state than snapshots have is not taken apart.
 *
 * @module
 */
import { ByteReader } from '../reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { skipConstantExpression } from './constant-expression.ts'
import { TYPE } from './core-types.ts'
import { OP } from './opcodes.ts'

/** The state that every instance of a core module begins with, as far as its code does not have it. */
export interface ModuleState {
  /** Minimum of the one memory that it defines, in pages of 64 KiB. */
  readonly pages: number | undefined
  /** Of its mutable integer globals that begin with a constant. */
  readonly values: readonly (number | bigint)[]
  /** What is written to its first memory. */
  readonly data: readonly { readonly address: number; readonly bytes: Uint8Array }[]
}

/** A module in two parts. */
export interface TakenApart {
  readonly state: ModuleState
  /** In order, ranges of the module's bytes, and what stands for the state between them. */
  readonly code: readonly Uint8Array[]
}

const HEADER_BYTES = 8
const SECTION = { memory: 5, global: 6, data: 11, dataCount: 12 } as const
const MAX_PAGES = 65_536
/** More are refused by V8. */
const MAX_SEGMENTS = 100_000

/**
 * Takes apart the module that `reader` is at the start of.
 *
 * @returns nothing for a module with another kind of state
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED
 */
export function takeApart(reader: ByteReader): TakenApart | undefined {
  const { bytes } = reader
  const code: Uint8Array[] = []
  let pages: number | undefined
  let values: readonly (number | bigint)[] = []
  let data: ModuleState['data'] = []
  let counted = 0
  let from = reader.offset
  reader.skip(HEADER_BYTES)
  while (!reader.done) {
    const start = reader.offset
    const id = reader.byte()
    const section = reader.part(reader.u32())
    if (id === SECTION.dataCount) counted = 1
    if (id !== SECTION.memory && id !== SECTION.global && id !== SECTION.data) continue
    // What stands for the section says which one it is. A second one makes another code, which is then invalid.
    const form = new ByteWriter()
    form.byte(id)
    if (id === SECTION.memory) {
      pages = readMemory(section, form)
      if (pages === undefined) return undefined
    } else if (id === SECTION.global) {
      const found = readGlobals(section, form)
      if (found === undefined) return undefined
      values = found
    } else {
      const found = readData(section)
      if (found === undefined) return undefined
      data = found
      // Whether there is a segment says that there is a memory for it. The other number was announced before the code.
      form.byte(data.length > 0 ? 1 : 0)
      form.unsigned(counted * data.length)
    }
    if (!section.done) return undefined
    code.push(bytes.subarray(from, start), form.view())
    from = reader.offset
  }
  code.push(bytes.subarray(from, reader.offset))
  return { state: { pages, values, data }, code }
}

/** Returns the minimum of the only memory. */
function readMemory(section: ByteReader, form: ByteWriter): number | undefined {
  if (section.u32() !== 1) return undefined
  const flags = section.byte()
  if (flags > 1) return undefined
  const minimum = section.u32()
  const maximum = flags === 1 ? section.u32() : MAX_PAGES
  if (minimum > maximum || maximum > MAX_PAGES) return undefined
  form.byte(flags)
  form.unsigned(maximum)
  return minimum
}

function readGlobals(section: ByteReader, form: ByteWriter): (number | bigint)[] | undefined {
  const values: (number | bigint)[] = []
  const count = section.count('globals')
  form.unsigned(count)
  for (let at = 0; at < count; at++) {
    const { offset } = section
    const type = section.byte()
    const isMutable = section.byte()
    const opcode = section.peek()
    if (!isNumeric(type) || isMutable > 1) return undefined
    const isInteger =
      (type === TYPE.i32 && opcode === OP.i32Const) || (type === TYPE.i64 && opcode === OP.i64Const)
    const start = section.offset
    if (isMutable === 1 && isInteger) {
      section.skip(1)
      const value = type === TYPE.i64 ? section.s64() : section.s32()
      if (section.byte() === OP.end) {
        form.byte(type)
        form.byte(STATE)
        values.push(value)
        continue
      }
    }
    section.offset = start
    skipConstantExpression(section)
    form.copy(section.bytes, offset, section.offset)
  }
  return values
}

/** Stands where a global has its mutability. */
const STATE = 2

function isNumeric(type: number): boolean {
  return type === TYPE.i32 || type === TYPE.i64 || type === TYPE.f32 || type === TYPE.f64
}

function readData(section: ByteReader): ModuleState['data'] | undefined {
  const count = section.count('data segments')
  if (count > MAX_SEGMENTS) return undefined
  const data: { address: number; bytes: Uint8Array }[] = []
  for (let at = 0; at < count; at++) {
    if (section.byte() !== 0 || section.byte() !== OP.i32Const) return undefined
    const address = section.s32() >>> 0
    if (section.byte() !== OP.end) return undefined
    data.push({ address, bytes: section.take(section.u32()) })
  }
  return data
}
