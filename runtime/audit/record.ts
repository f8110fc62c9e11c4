/**
 * The canonical encoding of a record: netstrings, so that no two records have one encoding.
 *
 * `sequence, time, kind, name, value, name, value, …`, each as `<length>:<text>,`. Only printable ASCII is
 * written, all other characters as `\u{…}`. So a length counts characters, each record is one line, and text that
 * a guest made up is safe to show on a terminal.
 *
 * @module
 */

import {
  AUDIT_FIELDS,
  AUDIT_KINDS,
  type AuditEvent,
  type AuditField,
  type AuditKind,
} from './event.ts'

export interface AuditRecord extends AuditEvent {
  /** Counted from 0 in each chain. */
  readonly sequence: number
  readonly timeMs: number
}

const MAX_MEMO = 256

const REPEATED: readonly AuditField[] = [
  'agent',
  'caller',
  'component',
  'policy',
  'capability',
  'action',
  'target',
  'rule',
  'outcome',
  'reason',
]

// A name may be as long as a guest likes; enough of it to know it by.
const MAX_VALUE_LENGTH = 256

/** Names and values that come again and again, encoded. */
export class RecordMemo {
  readonly #known = new Map<AuditField, Map<string, string>>(
    REPEATED.map((field) => [field, new Map<string, string>()]),
  )

  /** `field` and `value` as they stand in a record. */
  encode(field: AuditField, value: string): string {
    const known = this.#known.get(field)
    const found = known?.get(value)
    if (found !== undefined) return found
    const text = FIELD_TEXT[field] + netstring(printable(value))
    if (known === undefined) return text
    // Some names come from guests, which could make up any number of them.
    if (known.size === MAX_MEMO) known.clear()
    known.set(value, text)
    return text
  }
}

export function encodeRecord(
  sequence: number,
  timeMs: number,
  event: AuditEvent,
  memo: RecordMemo = new RecordMemo(),
): string {
  let text = netstring(String(sequence)) + netstring(String(timeMs)) + netstring(event.kind)
  for (const field of AUDIT_FIELDS) {
    const value = event[field]
    if (value === undefined) continue
    text +=
      typeof value === 'string'
        ? memo.encode(field, value)
        : FIELD_TEXT[field] + netstring(number(value))
  }
  return text
}

/** Returns `undefined` when `payload` is not a result of `encodeRecord`. */
export function decodeRecord(payload: string): AuditRecord | undefined {
  const parts = splitNetstrings(payload)
  if (parts === undefined) return undefined
  const [sequence, timeMs, kindText, ...fields] = parts
  const kind = AUDIT_KINDS.find((known): known is AuditKind => known === kindText)
  if (kind === undefined || fields.length % 2 !== 0) return undefined
  const values: Partial<Record<AuditField, string | number>> = {}
  for (let index = 0; index < fields.length; index += 2) {
    const name = AUDIT_FIELDS.find((field) => field === fields[index])
    const value = fields[index + 1]
    if (name === undefined || value === undefined) return undefined
    values[name] = NUMERIC.has(name) ? Number(value) : value
  }
  // Each name was checked against the list, and each value was parsed as its name requires.
  return { ...(values as AuditEvent), kind, sequence: Number(sequence), timeMs: Number(timeMs) }
}

function netstring(text: string): string {
  return `${text.length}:${text},`
}

/** The texts of netstrings one after the other; nothing when something else is between them. */
function splitNetstrings(text: string): string[] | undefined {
  const parts: string[] = []
  for (let at = 0; at < text.length;) {
    const colon = text.indexOf(':', at)
    const digits = text.slice(at, colon)
    // No leading zero: a second encoding of the same record.
    if (colon === -1 || !/^(0|[1-9]\d{0,8})$/.test(digits)) return undefined
    const end = colon + 1 + Number(digits)
    if (text[end] !== ',') return undefined
    parts.push(text.slice(colon + 1, end))
    at = end + 1
  }
  return parts
}

const NUMERIC: ReadonlySet<AuditField> = new Set<AuditField>([
  'status',
  'fuel',
  'durationMs',
  'bytesIn',
  'bytesOut',
  'count',
])

// Names are the same in every record.
const FIELD_TEXT: Readonly<Record<AuditField, string>> = Object.fromEntries(
  AUDIT_FIELDS.map((field) => [field, netstring(field)]),
) as Record<AuditField, string> // From the list of all fields.

const UNPRINTABLE = /[^\x20-\x5b\x5d-\x7e]/
const UNPRINTABLES = /[^\x20-\x5b\x5d-\x7e]/gu

function printable(value: string): string {
  const text = value.length > MAX_VALUE_LENGTH ? value.slice(0, MAX_VALUE_LENGTH) : value
  if (!UNPRINTABLE.test(text)) return text
  return text.replaceAll(UNPRINTABLES, (unit) => `\\u{${unit.codePointAt(0)?.toString(16)}}`)
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3)
}
