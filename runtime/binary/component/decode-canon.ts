/**
 * The canon section: functions lifted and lowered, and the built-ins.
 *
 * Every built-in of the proposal is recognised by name, also one that the linker lacks. A component often links more
 * built-ins than it calls. If it calls one that the linker lacks, it traps, and the trap has the name.
 *
 * @module
 */

import type { ByteReader } from '../reader.ts'
import {
  END_OPERATIONS,
  type Canon,
  type CanonOptions,
  type PlainBuiltin,
  type StringEncodingName,
} from './component.ts'
import { I32 } from './core-type.ts'
import { readCoreValueType } from './decode-core-type.ts'
import { hex, readFlag } from './decode-name.ts'
import { readResultList } from './decode-type.ts'

const ENCODINGS: readonly StringEncodingName[] = ['utf8', 'utf16', 'latin1+utf16']

const PLAIN: Readonly<Record<number, PlainBuiltin>> = {
  0x05: 'task.cancel',
  0x08: 'backpressure.set',
  0x0d: 'subtask.drop',
  0x1e: 'error-context.drop',
  0x1f: 'waitable-set.new',
  0x22: 'waitable-set.drop',
  0x23: 'waitable.join',
  0x24: 'backpressure.inc',
  0x25: 'backpressure.dec',
}

/** Operations in the order of their opcodes, from 0x0e for streams and from 0x15 for futures. */
const FIRST_STREAM_CODE = 0x0e
const FIRST_FUTURE_CODE = 0x15

/** An operand after the opcode: `f` a flag, `i` an index. */
type Operand = 'f' | 'i'

/** Threads, and a form of `resource.drop` that the proposal has given up. */
const OTHER: Readonly<Record<number, readonly [builtin: string, ...operands: Operand[]]>> = {
  0x07: ['resource.drop async', 'i'],
  0x26: ['thread.index'],
  0x27: ['thread.new-indirect', 'i', 'i'],
  0x28: ['thread.resume-later'],
  0x29: ['thread.suspend', 'f'],
  0x2a: ['thread.suspend-then-resume', 'f'],
  0x2b: ['thread.yield-then-resume', 'f'],
  0x2c: ['thread.suspend-then-promote', 'f'],
  0x2d: ['thread.yield-then-promote', 'f'],
  0x40: ['thread.spawn-ref', 'f', 'i'],
  0x41: ['thread.spawn-indirect', 'f', 'i', 'i'],
  0x42: ['thread.available-parallelism', 'f'],
}

export function readCanon(reader: ByteReader): Canon {
  const start = reader.offset
  const code = reader.byte()
  const plain = PLAIN[code]
  if (plain !== undefined) return { kind: plain }
  switch (code) {
    case 0x00:
      expectFunc(reader)
      return readLift(reader)
    case 0x01:
      expectFunc(reader)
      return { kind: 'lower', func: reader.u32(), options: readOptions(reader) }
    case 0x02:
      return { kind: 'resource.new', type: reader.u32() }
    case 0x03:
      return { kind: 'resource.drop', type: reader.u32() }
    case 0x04:
      return { kind: 'resource.rep', type: reader.u32() }
    case 0x06:
      return { kind: 'subtask.cancel', flag: readFlag(reader) }
    case 0x09: {
      const result = readResultList(reader)
      const options = readOptions(reader)
      return { kind: 'task.return', options, ...(result === undefined ? {} : { result }) }
    }
    case 0x0a:
      return { kind: 'context.get', slot: readContextSlot(reader) }
    case 0x0b:
      return { kind: 'context.set', slot: readContextSlot(reader) }
    case 0x0c:
      return { kind: 'yield', flag: readFlag(reader) }
    case 0x20:
      return { kind: 'waitable-set.wait', cancellable: readFlag(reader), memory: reader.u32() }
    case 0x21:
      return { kind: 'waitable-set.poll', cancellable: readFlag(reader), memory: reader.u32() }
    case 0x1c:
      return { kind: 'error-context.new', options: readOptions(reader) }
    case 0x1d:
      return { kind: 'error-context.debug-message', options: readOptions(reader) }
    default:
      return (
        readEnd(reader, 'stream', code - FIRST_STREAM_CODE) ??
        readEnd(reader, 'future', code - FIRST_FUTURE_CODE) ??
        readOther(reader, code, start)
      )
  }
}

function readEnd(reader: ByteReader, kind: 'stream' | 'future', index: number): Canon | undefined {
  const operation = END_OPERATIONS[index]
  if (operation === undefined) return undefined
  const type = reader.u32()
  switch (operation) {
    case 'read':
    case 'write':
      return { kind, operation, type, options: readOptions(reader) }
    case 'cancel-read':
    case 'cancel-write':
      return { kind, operation, type, async: readFlag(reader) }
    default:
      return { kind, operation, type }
  }
}

function readLift(reader: ByteReader): Canon {
  const func = reader.u32()
  const options = readOptions(reader)
  return { kind: 'lift', func, options, type: reader.u32() }
}

function readOther(reader: ByteReader, code: number, start: number): Canon {
  const [builtin, ...operands] =
    OTHER[code] ?? reader.fail(`unknown canonical function ${hex(code)}`, start)
  for (const operand of operands) {
    if (operand === 'f') readFlag(reader)
    else reader.u32()
  }
  return { kind: 'other', builtin }
}

function readOptions(reader: ByteReader): CanonOptions {
  const options: { -readonly [K in keyof CanonOptions]: CanonOptions[K] } = {
    encoding: 'utf8',
    async: false,
  }
  const seen = new Set<number>()
  reader.vector('options', () => {
    const start = reader.offset
    const code = reader.byte()
    // The three encodings exclude each other.
    const group = Math.max(code, 0x02)
    if (seen.has(group)) reader.fail('canonical option given twice', start)
    seen.add(group)
    switch (code) {
      case 0x00:
      case 0x01:
      case 0x02:
        options.encoding = ENCODINGS[code] ?? 'utf8'
        return
      case 0x03:
        options.memory = reader.u32()
        return
      case 0x04:
        options.realloc = reader.u32()
        return
      case 0x05:
        options.postReturn = reader.u32()
        return
      case 0x06:
        options.async = true
        return
      case 0x07:
        options.callback = reader.u32()
        return
      case 0x08:
      case 0x09:
        return reader.refuse('the canonical ABI over garbage-collected types', start)
      default:
        return reader.fail(`unknown canonical option ${hex(code)}`, start)
    }
  })
  if (options.realloc !== undefined && options.memory === undefined) {
    reader.fail('option "realloc" without "memory"')
  }
  return options
}

function readContextSlot(reader: ByteReader): number {
  const start = reader.offset
  if (readCoreValueType(reader) !== I32) reader.refuse('context slots that are not i32', start)
  return reader.u32()
}

function expectFunc(reader: ByteReader): void {
  if (reader.byte() !== 0x00) reader.fail('canonical definition of unknown sort', reader.offset - 1)
}
