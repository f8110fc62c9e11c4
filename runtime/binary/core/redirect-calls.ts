/**
 * Has a core module call other functions in place of some, wherever it names them: in code and in tables.
 *
 * @module
 */
import { ByteReader } from '../reader.ts'
import { BodyCopier } from './body-copier.ts'
import { ByteWriter } from './byte-writer.ts'
import type { CoreModule, Range } from './core-module.ts'
import { skipValueType } from './core-types.ts'
import { copyElements } from './element-section.ts'
import { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'

/** The parts of a module that name functions, in their new form. */
export interface Redirected {
  /** The bodies of its functions, each after its size. */
  readonly code: Uint8Array<ArrayBuffer>
  /** The element section; empty when there is none. */
  readonly elements: Uint8Array<ArrayBuffer>
}

/** @param targets - the new index of a function, by the index in `module` */
export function redirectCalls(
  module: CoreModule,
  targets: ReadonlyMap<number, number>,
): Redirected {
  const target = (index: number): number => targets.get(index) ?? index
  const code = new ByteWriter(module.bytes.length)
  const body = new ByteWriter()
  for (const range of module.code) {
    body.clear()
    copyBody(module.bytes, range, target, body)
    code.sized(body.view())
  }
  const elements = new ByteWriter()
  copyElements(module, { func: target, global: (index) => index }, elements)
  return { code: code.finish(), elements: elements.finish() }
}

function copyBody(
  bytes: Uint8Array,
  { start, end }: Range,
  target: (index: number) => number,
  out: ByteWriter,
): void {
  const reader = new ByteReader(bytes, start, end, 'core module')
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32()
    skipValueType(reader)
  }
  const copier = new BodyCopier(out)
  copier.begin(start)
  const at = new InstructionReader(bytes, reader.offset, end)
  while (at.next()) {
    const names = at.opcode === OP.call || at.opcode === OP.returnCall || at.opcode === OP.refFunc
    if (names && target(at.first) !== at.first) copier.substitute(at, at.opcode, target(at.first))
  }
  copier.flush(bytes, end)
}
