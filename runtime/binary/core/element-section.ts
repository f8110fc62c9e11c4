/**
 * The element section: copied into a rewritten module, and searched for the functions it exposes.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import { ByteWriter } from './byte-writer.ts'
import {
  renumberExpression,
  skipConstantExpression,
  type Renumbering,
} from './constant-expression.ts'
import type { CoreModule } from './core-module.ts'
import { skipValueType } from './core-types.ts'

/** Copies the element section of `module`, if it has one, with its indexes renumbered. */
export function copyElements(
  { bytes, elements }: CoreModule,
  numbering: Renumbering,
  body: ByteWriter,
): void {
  if (elements === undefined) return
  const reader = new ByteReader(bytes, elements.start, elements.end, 'core module')
  const count = reader.u32()
  body.unsigned(count)
  for (let i = 0; i < count; i++) copySegment(reader, body, numbering)
}

/**
 * Functions that can be called other than directly from inside `module`: what it exports, or takes the
 * reference of. Code can take the references of no others, by the rules of validation.
 */
export function exposedFunctions(module: CoreModule): ReadonlySet<number> {
  const exposed = new Set<number>()
  for (const { kind, index } of module.exports) if (kind === 'func') exposed.add(index)
  const spy: Renumbering = {
    func(index) {
      exposed.add(index)
      return index
    },
    global: (index) => index,
  }
  const nowhere = new ByteWriter()
  for (const { initial } of [...module.globals, ...module.tables])
    if (initial) renumberExpression(module.bytes, initial, spy, nowhere)
  copyElements(module, spy, nowhere)
  return exposed
}

function copySegment(reader: ByteReader, body: ByteWriter, numbering: Renumbering): void {
  const flags = reader.u32()
  body.unsigned(flags)
  const active = (flags & 1) === 0
  const expressions = (flags & 4) !== 0
  if (active && flags & 2) body.unsigned(reader.u32())
  const expression = (): void => {
    const start = reader.offset
    skipConstantExpression(reader)
    renumberExpression(reader.bytes, { start, end: reader.offset }, numbering, body)
  }
  if (active) expression()
  if (flags & 3) {
    const start = reader.offset
    if (expressions) skipValueType(reader)
    else reader.byte()
    body.copy(reader.bytes, start, reader.offset)
  }
  const count = reader.u32()
  body.unsigned(count)
  for (let i = 0; i < count; i++) {
    if (expressions) expression()
    else body.unsigned(numbering.func(reader.u32()))
  }
}
