/**
 * The limits of the memories a module defines: read and lowered without knowing anything else of it.
 *
 * Every version of WebAssembly frames its sections alike. So the memory of a module is bounded also when it
 * has instructions or types that the rewriter does not know.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import { ByteWriter } from './byte-writer.ts'

export interface MemoryLimits {
  /** In pages of 64 KiB. */
  readonly minimum: number
  readonly maximum: number | undefined
  /** Shared between threads. */
  readonly shared: boolean
  /** Addresses of 64 bits. */
  readonly wide: boolean
}

const HEADER_BYTES = 8
const MEMORY_SECTION = 5
const HAS_MAXIMUM = 1
const SHARED = 2
const WIDE = 4

/** @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED for limits of another kind */
export function readMemoryLimits(bytes: Uint8Array): readonly MemoryLimits[] {
  const section = findSection(bytes)
  return section === undefined
    ? []
    : section.body.vector('memories', () => readLimits(section.body))
}

/** Returns the module with no memory that can have more pages than `cap` says. */
export function capMemories(
  bytes: Uint8Array,
  cap: (limits: MemoryLimits) => number,
): Uint8Array<ArrayBuffer> {
  const section = findSection(bytes)
  if (section === undefined) return bytes.slice()
  const memories = section.body.vector('memories', () => readLimits(section.body))
  const body = new ByteWriter()
  body.unsigned(memories.length)
  for (const limits of memories) {
    const { minimum, maximum = Infinity, shared, wide } = limits
    body.byte(HAS_MAXIMUM | (shared ? SHARED : 0) | (wide ? WIDE : 0))
    body.unsigned(minimum)
    body.unsigned(Math.max(minimum, Math.min(maximum, cap(limits))))
  }
  const out = new ByteWriter(bytes.length + body.length)
  out.copy(bytes, 0, section.start)
  out.byte(MEMORY_SECTION)
  out.sized(body.view())
  out.copy(bytes, section.body.end)
  return out.finish()
}

function findSection(bytes: Uint8Array): { start: number; body: ByteReader } | undefined {
  const reader = new ByteReader(bytes, HEADER_BYTES, bytes.length, 'core module')
  while (!reader.done) {
    const start = reader.offset
    const id = reader.byte()
    const body = reader.part(reader.u32())
    if (id === MEMORY_SECTION) return { start, body }
  }
  return undefined
}

function readLimits(reader: ByteReader): MemoryLimits {
  const start = reader.offset
  const flags = reader.byte()
  if (flags > (HAS_MAXIMUM | SHARED | WIDE)) reader.refuse('memories of an unknown kind', start)
  const wide = (flags & WIDE) !== 0
  const pages = (): number => (wide ? Number(reader.u64()) : reader.u32())
  const minimum = pages()
  const maximum = flags & HAS_MAXIMUM ? pages() : undefined
  return { minimum, maximum, shared: (flags & SHARED) !== 0, wide }
}
