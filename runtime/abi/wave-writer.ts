/**
 * Writes WIT values as WAVE, their text form.
 *
 * @module
 */

import { camelCase } from './names.ts'
import type { Tagged } from './tagged.ts'
import type { ValueType, VariantCase } from './types.ts'

// Words that mean something by themselves where a name may stand.
const KEYWORDS: ReadonlySet<string> = new Set([
  'true',
  'false',
  'inf',
  'nan',
  'some',
  'none',
  'ok',
  'err',
])

/** A value the linker gave, in one line. Resources are written as `<resource>`. */
export function writeWave(type: ValueType, value: unknown): string {
  // The casts name the JavaScript type that the linker uses for each WIT type.
  switch (type.kind) {
    case 'f32':
    case 'f64':
      return writeFloat(value as number)
    case 'char':
      return `'${escape(value as string, "'")}'`
    case 'string':
      return `"${escape(value as string, '"')}"`
    case 'list': {
      const { element } = type
      return `[${Array.from(value as ArrayLike<unknown>, (each) => writeWave(element, each)).join(', ')}]`
    }
    case 'tuple': {
      const values = value as readonly unknown[]
      return `(${type.elements.map((element, index) => writeWave(element, values[index])).join(', ')})`
    }
    case 'record': {
      const record = value as Readonly<Record<string, unknown>>
      const fields = type.fields.flatMap((field) => {
        const held = record[camelCase(field.name)]
        const isNone = field.type.kind === 'option' && held === undefined
        return isNone ? [] : [`${field.name}: ${writeWave(field.type, held)}`]
      })
      return fields.length === 0 ? '{:}' : `{${fields.join(', ')}}`
    }
    case 'flags': {
      const flags = value as Readonly<Record<string, boolean>>
      return `{${type.names.filter((name) => flags[camelCase(name)]).join(', ')}}`
    }
    case 'enum':
      return word(value as string)
    case 'variant':
      return writeCase(type.cases, value)
    case 'option':
      return writeOption(type.some, value)
    case 'result':
      return writeResult(type, value)
    case 'own':
    case 'borrow':
    case 'stream':
    case 'future':
    case 'error-context':
      return '<resource>'
    default:
      return String(value)
  }
}

/** An option inside an option has tags, so that the two differ. */
function writeOption(some: ValueType, value: unknown): string {
  const isTagged = some.kind === 'option'
  const held = isTagged ? (value as Tagged).val : value
  const isNone = isTagged ? (value as Tagged).tag === 'none' : value === undefined
  return isNone ? 'none' : `some(${writeWave(some, held)})`
}

function writeResult(
  { ok, error }: Extract<ValueType, { kind: 'result' }>,
  value: unknown,
): string {
  const { tag, val } = value as Tagged
  const type = tag === 'ok' ? ok : error
  return type === undefined ? tag : `${tag}(${writeWave(type, val)})`
}

function writeCase(cases: readonly VariantCase[], value: unknown): string {
  const { tag, val } = value as Tagged
  const type = cases.find(({ name }) => name === tag)?.type
  return type === undefined ? word(tag) : `${tag}(${writeWave(type, val)})`
}

function writeFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return Object.is(value, -0) ? '-0' : String(value)
}

function word(name: string): string {
  return KEYWORDS.has(name) ? `%${name}` : name
}

function escape(text: string, quote: string): string {
  return Array.from(text, (char) => {
    if (char === '\\' || char === quote) return `\\${char}`
    if (char === '\n') return '\\n'
    if (char === '\t') return '\\t'
    if (char === '\r') return '\\r'
    // Controls, other line breaks and marks that reverse the direction of text are unsafe on a terminal.
    return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(char)
      ? `\\u{${char.codePointAt(0)?.toString(16)}}`
      : char
  }).join('')
}
