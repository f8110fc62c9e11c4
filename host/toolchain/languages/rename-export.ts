/**
 * Renames exports of a core module. AssemblyScript exports identifiers; the component model wants names
 * such as `mayfly:agent/handler@0.2.0#handle`.
 *
 * @module
 */
import { ByteReader } from '../../../runtime/binary/index.ts'
import { leb128 } from '../leb128.ts'

const PREAMBLE_BYTES = 8
const EXPORT_SECTION_ID = 7

/** Returns `module` with its exports renamed, those that it has of `names`: each key becomes its value. */
export function renameExports(
  module: Uint8Array,
  names: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const renames = new Map(Object.entries(names))
  const reader = new ByteReader(module, PREAMBLE_BYTES, module.length, 'core module')
  const pieces: Uint8Array[] = [module.subarray(0, PREAMBLE_BYTES)]
  while (!reader.done) {
    const start = reader.offset
    const id = reader.byte()
    const section = reader.part(reader.u32())
    const whole = module.subarray(start, section.end)
    pieces.push(id === EXPORT_SECTION_ID ? renameIn(section, renames) : whole)
    reader.offset = section.end
  }
  return join(pieces)
}

/** The export section anew: every entry as it is, but for the names that change. */
function renameIn(section: ByteReader, renames: ReadonlyMap<string, string>): Uint8Array {
  const count = section.count('exports')
  const entries: Uint8Array[] = [new Uint8Array(leb128(count))]
  for (let i = 0; i < count; i++) {
    const start = section.offset
    const name = section.name()
    const sort = section.offset
    section.byte()
    section.u32()
    const rest = section.bytes.subarray(sort, section.offset)
    const to = renames.get(name)
    if (to !== undefined) {
      const renamed = new TextEncoder().encode(to)
      entries.push(new Uint8Array([...leb128(renamed.length), ...renamed]), rest)
    } else {
      entries.push(section.bytes.subarray(start, section.offset))
    }
  }
  const content = join(entries)
  return join([new Uint8Array([EXPORT_SECTION_ID, ...leb128(content.length)]), content])
}

function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}
