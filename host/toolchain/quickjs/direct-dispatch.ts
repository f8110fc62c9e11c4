/**
 * Has the interpreter jump by the opcode itself.
 *
 * It was written for compilers that take addresses of labels. WebAssembly has none, so the compiler made a
 * table of numbers of it: for each instruction of a script one is loaded, and then jumped by. Here the jump
 * table is put in that order.
 *
 * @module
 */
import { ByteReader } from '../../../runtime/binary/reader.ts'
import { concat, SECTION, sectionOf, unsigned, withSection, type Section } from './sections.ts'

const OPCODES = 256
// i32.const 2, i32.shl, i32.load with alignment 4 and an offset.
const LOAD_NUMBER = [0x41, 2, 0x74, 0x28, 2]
// i32.sub, br_table.
const JUMP = [0x6b, 0x0e]
const I32_CONST = 0x41

export function withDirectDispatch(sections: readonly Section[]): Section[] {
  const code = sectionOf(sections, SECTION.code)
  const reader = new ByteReader(code, 0, code.length, 'code section')
  let found = 0
  const bodies = reader.vector('functions', () => {
    const body = reader.take(reader.u32())
    const changed = redirect(body, sections)
    if (changed !== undefined) found++
    const whole = changed ?? body
    return concat([unsigned(whole.length), whole])
  })
  if (found !== 1) throw new Error(`Cannot find the interpreter of QuickJS: ${found} are like it`)
  return withSection(sections, SECTION.code, concat([unsigned(bodies.length), ...bodies]))
}

function redirect(body: Uint8Array, sections: readonly Section[]): Uint8Array | undefined {
  for (let at = body.indexOf(0x74); at >= 0; at = body.indexOf(0x74, at + 1)) {
    const start = at - 2
    if (!startsWith(body, start, LOAD_NUMBER)) continue
    const reader = new ByteReader(body, start + LOAD_NUMBER.length, body.length, 'interpreter')
    const table = reader.u32()
    if (reader.byte() !== I32_CONST) continue
    const first = reader.s32()
    if (!startsWith(body, reader.offset, JUMP)) continue
    reader.skip(JUMP.length)
    const targets = reader.vector('targets', () => reader.u32())
    if (targets.length < OPCODES / 2) continue
    const other = reader.u32()
    const numbers = readTable(sections, table)
    const direct = numbers.flatMap((number) => unsigned(targets[number - first] ?? other))
    return concat([
      body.subarray(0, start),
      [0x0e, ...unsigned(OPCODES), ...direct, ...unsigned(other)],
      body.subarray(reader.offset),
    ])
  }
  return undefined
}

/** The numbers at `address` of the static data. */
function readTable(sections: readonly Section[], address: number): number[] {
  const data = sectionOf(sections, SECTION.data)
  const reader = new ByteReader(data, 0, data.length, 'data section')
  const tables = reader.vector('segments', () => {
    reader.skip(2) // Active, of memory 0; i32.const
    const start = reader.s32()
    reader.skip(1) // end
    const bytes = reader.take(reader.u32())
    const from = address - start
    if (from < 0 || from + OPCODES * 4 > bytes.length) return []
    const view = new DataView(bytes.buffer, bytes.byteOffset + from)
    return Array.from({ length: OPCODES }, (_, opcode) => view.getUint32(opcode * 4, true))
  })
  return tables.flat()
}

function startsWith(bytes: Uint8Array, at: number, wanted: readonly number[]): boolean {
  return at >= 0 && wanted.every((byte, index) => bytes[at + index] === byte)
}
