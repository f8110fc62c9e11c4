/** @module */
import { print } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { IMMEDIATE } from './immediate.ts'
import { InstructionReader } from './instruction-reader.ts'
import { CHARGES } from './instruction-row.ts'
import { INSTRUCTIONS, instructionOf, type Instruction } from './instruction-table.ts'
import { immediateOf } from './opcodes.ts'

const PREFIXES = [0xfb, 0xfc, 0xfd, 0xfe]
const SUBS = 0x200
const OPCODES = [
  ...Array.from({ length: 0x100 }, (_, opcode) => opcode).filter(
    (each) => !PREFIXES.includes(each),
  ),
  ...PREFIXES.flatMap((prefix) => Array.from({ length: SUBS }, (_, sub) => (prefix << 12) | sub)),
]
const allowed = INSTRUCTIONS.filter(({ rule }) => rule.verdict !== 'refused')

/** Blocks and their parts: their place decides how they are printed. */
const STRUCTURE = new Set(
  'block loop if else end try catch catch_all delegate try_table br_table'.split(' '),
)
// As text has them, where it writes two instructions with one name.
const TEXT_NAMES: Readonly<Record<string, string>> = {
  select_typed: 'select',
  'ref.test_null': 'ref.test',
  'ref.cast_null': 'ref.cast',
}

function leb(value: number): number[] {
  const bytes: number[] = []
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
  return [...bytes, value]
}

function encode(opcode: number): number[] {
  return opcode > 0xff ? [opcode >>> 12, ...leb(opcode & 0xfff)] : [opcode]
}

function immediates({ immediate }: Instruction): number[] {
  switch (immediate) {
    case IMMEDIATE.none:
      return []
    case IMMEDIATE.twoIndexes:
    case IMMEDIATE.memory:
      return [0, 0]
    case IMMEDIATE.memoryLane:
      return [0, 0, 0]
    case IMMEDIATE.f32:
      return [0, 0, 0, 0]
    case IMMEDIATE.f64:
      return [0, 0, 0, 0, 0, 0, 0, 0]
    case IMMEDIATE.bytes16:
      return Array.from({ length: 16 }, () => 0)
    case IMMEDIATE.heapType:
      return [0x70]
    case IMMEDIATE.types:
      return [1, 0x7f]
    case IMMEDIATE.castBranch:
      return [0, 0, 0x70, 0x70]
    default:
      return [0]
  }
}

/** A module with one function of these instructions. */
function module(...body: readonly number[]): Uint8Array<ArrayBuffer> {
  const section = (id: number, ...bytes: readonly number[]): number[] => [
    id,
    ...leb(bytes.length),
    ...bytes,
  ]
  const code = [0, ...body, 0x0b]
  return Uint8Array.from([
    ...[0, 97, 115, 109, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 0, 0),
    ...section(3, 1, 0),
    ...section(4, 1, 0x70, 0, 1),
    ...section(5, 1, 0, 1),
    ...section(10, 1, ...leb(code.length), ...code),
  ])
}

/** Whether the walker takes the instruction. */
function isRead(opcode: number): boolean {
  const bytes = Uint8Array.from([...encode(opcode), ...Array.from({ length: 32 }, () => 0)])
  try {
    return new InstructionReader(bytes, 0, bytes.length).next()
  } catch {
    return false
  }
}

describe('INSTRUCTIONS', () => {
  it('has each code and each name once', () => {
    expect(new Set(INSTRUCTIONS.map(({ opcode }) => opcode)).size).toBe(INSTRUCTIONS.length)
    expect(new Set(INSTRUCTIONS.map(({ name }) => name)).size).toBe(INSTRUCTIONS.length)
  })

  it('calls each instruction what the text format calls it', async () => {
    const named = allowed.filter(({ name }) => !STRUCTURE.has(name))
    const body = named.flatMap((each) => [...encode(each.opcode), ...immediates(each)])
    const text = await print(module(...body))
    const lines = text.split('\n').map((line) => line.trim().split(/[ ()]/, 1)[0])
    const from = lines.indexOf('unreachable')
    expect(lines.slice(from, from + named.length)).toEqual(
      named.map(({ name }) => TEXT_NAMES[name] ?? name),
    )
  })

  it('is an allow list: the walker reads what it allows, and nothing else', () => {
    for (const opcode of OPCODES) {
      const known = instructionOf(opcode)
      const isAllowed = known !== undefined && known.rule.verdict !== 'refused'
      expect([opcode.toString(16), isRead(opcode)]).toEqual([opcode.toString(16), isAllowed])
      expect(immediateOf(opcode) !== IMMEDIATE.unknown).toBe(isAllowed)
    }
  })

  it('knows everything that this engine accepts', () => {
    const accepted = OPCODES.filter((opcode) =>
      [[], [0], [0, 0], [0, 0, 0]].some((rest) =>
        // Behind `unreachable` there are operands of any type.
        WebAssembly.validate(module(0x00, ...encode(opcode), ...rest, 0x00)),
      ),
    )
    expect(accepted.filter((opcode) => instructionOf(opcode) === undefined)).toEqual([])
  })

  it.for([
    [[0xe0, 0, 0], /the instruction "cont\.new"/],
    [[0xfc, 0x13], /the instruction "i64\.add128"/],
    [[0xfc, 0x12, 0], /the instruction "memory\.discard"/],
    [[0xfb, 0x80, 1, 0], /the instruction "string\.new_utf8"/],
    [[0xee], /the unknown instruction 0xee/],
    [[0xfd, 0xff, 2], /the unknown instruction 0xfd 0x17f/],
  ] as const)('refuses %j by name', ([bytes, says]) => {
    const source = Uint8Array.from(bytes)
    expect(() => new InstructionReader(source, 0, source.length).next()).toThrow(says)
    expect(() => new InstructionReader(source, 0, source.length).next()).toThrow(
      expect.objectContaining({ code: 'ERR_COMPONENT_UNSUPPORTED' }),
    )
  })

  it('charges everything whose work an operand or a type decides', () => {
    const isUnbounded = /^(memory|table|array)\.(grow|fill|copy|init|new)|^struct\.new|^throw/
    for (const { name, rule } of allowed) {
      if (isUnbounded.test(name)) expect([name, rule.verdict]).toEqual([name, 'charged'])
      if (rule.verdict === 'charged') for (const by of rule.by) expect(CHARGES).toContain(by)
    }
  })
})
