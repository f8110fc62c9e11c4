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
import type { CoreModule, Range } from './core-module.ts'
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
 * Functions that can be called other than directly from inside `module`: those it exports or takes a reference of.
 * By the rules of validation code can take references of these functions only.
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

/** The elements that the engine keeps for the element section. */
export interface ElementCensus {
  /** Elements of segments that stay after instantiation, for code to use. */
  readonly kept: number
  /** The expressions of its elements. */
  readonly expressions: readonly Range[]
}

/** Counts the elements of `module`. */
export function countElements({ bytes, elements }: CoreModule): ElementCensus {
  const expressions: Range[] = []
  if (elements === undefined) return { kept: 0, expressions }
  const reader = new ByteReader(bytes, elements.start, elements.end, 'core module')
  const expression = (): void => {
    const start = reader.offset
    skipConstantExpression(reader)
    expressions.push({ start, end: reader.offset })
  }
  let kept = 0
  for (let segments = reader.u32(); segments > 0; segments--) {
    const flags = reader.u32()
    const active = (flags & 1) === 0
    const hasExpressions = (flags & 4) !== 0
    if (active && flags & 2) reader.u32()
    if (active) skipConstantExpression(reader)
    if (flags & 3) {
      if (hasExpressions) skipValueType(reader)
      else reader.byte()
    }
    const count = reader.u32()
    if (!active) kept += count
    for (let rest = count; rest > 0; rest--) {
      if (hasExpressions) expression()
      else reader.u32()
    }
  }
  return { kept, expressions }
}
