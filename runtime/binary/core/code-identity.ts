/**
 * What identifies a module apart from its data: two modules with the same identity are rewritten to the
 * same bytes.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import { readAddress } from './constant-expression.ts'
import { readCoreModule } from './core-module.ts'
import { ByteWriter } from './byte-writer.ts'

const CUSTOM = 0
const DATA = 11
const DATA_COUNT = 12

/**
 * Returns the bytes of the module in `bytes` without active data and custom sections, for hashing. Takes a
 * fraction of a millisecond: no instruction is looked at.
 */
export function codeIdentity(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const reader = new ByteReader(bytes, 0, bytes.length, 'core module')
  const out = new ByteWriter(bytes.length)
  out.copy(reader.take(8))
  let counted = false
  while (!reader.done) {
    const start = reader.offset
    const id = reader.byte()
    reader.skip(reader.u32())
    if (id === DATA_COUNT) counted = true
    else if (id !== CUSTOM && id !== DATA) out.copy(bytes, start, reader.offset)
  }
  const { data } = readCoreModule(bytes)
  // The globals that addresses refer to are exported by rewriting.
  for (const { active } of data)
    for (const step of active === undefined ? [] : readAddress(bytes, active.offset))
      if (step.kind === 'global') out.unsigned(step.index)
  // Without a data count no instruction can name a segment. With one, passive segments are part of the code.
  if (!counted) return out.finish()
  out.byte(DATA_COUNT)
  for (const { active, bytes: range } of data) {
    out.byte(active === undefined ? 1 : 0)
    if (active === undefined) out.sized(bytes.subarray(range.start, range.end))
  }
  return out.finish()
}
