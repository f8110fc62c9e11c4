/** The values of `.wast` files, as the runtime takes and returns them. @module */
import { headOf, isList, textOf, type Form } from './wast-forms.ts'

/** @throws {SyntaxError} for a value of a kind that the synchronous suites do not have */
export function valueOf(form: Form): unknown {
  if (!isList(form)) throw new SyntaxError('Cannot read value: not a list')
  const kind = headOf(form)
  const [, first, second] = form.items
  const rest = form.items.slice(1)
  switch (kind) {
    case 'str.const':
    case 'char.const':
    case 'enum.const':
      return textOf(first)
    case 'bool.const':
      return wordOf(first) === 'true'
    case 'u64.const':
    case 's64.const':
      return bigintOf(wordOf(first))
    case 'f32.const':
      return Math.fround(floatOf(wordOf(first)))
    case 'f64.const':
      return floatOf(wordOf(first))
    case 'list.const':
    case 'tuple.const':
      return rest.map(valueOf)
    case 'record.const':
      return Object.fromEntries(rest.map(fieldOf))
    case 'variant.const':
      return second === undefined
        ? { tag: textOf(first) }
        : { tag: textOf(first), val: valueOf(second) }
    case 'option.none':
      return undefined
    case 'option.some':
      return first && valueOf(first)
    case 'result.ok':
      return { tag: 'ok', val: first && valueOf(first) }
    case 'result.err':
      return { tag: 'err', val: first && valueOf(first) }
    case 'flags.const':
      return Object.fromEntries(rest.map((flag) => [camelCase(textOf(flag)), true]))
  }
  if (/^[us](8|16|32)\.const$/.test(kind)) return Number(wordOf(first).replaceAll('_', ''))
  throw new SyntaxError(`Cannot read value "${kind}": unknown kind`)
}

/** A text that is equal for equal values: a flag that is not set and an option without value are as if absent. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(canonical(value)) ?? 'nothing'
}

function canonical(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number')
    return Object.is(value, -0) || !Number.isFinite(value)
      ? `number ${Object.is(value, -0) ? '-0' : value}`
      : value
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array, canonical)
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined && each !== false)
      .map(([name, each]) => [name, canonical(each)]),
  )
}

/** `(field "name" (u32.const 1))`, or `(field "name" u32.const 1)`. */
function fieldOf(form: Form): [string, unknown] {
  if (!isList(form)) throw new SyntaxError('Cannot read field: not a list')
  const [, name, value] = form.items
  const items = form.items.slice(2)
  return [camelCase(textOf(name)), valueOf(isList(value) ? value : { ...form, items })]
}

function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

function wordOf(form: Form | undefined): string {
  return form === undefined || isList(form) ? '' : form.text
}

function bigintOf(text: string): bigint {
  const digits = text.replaceAll('_', '')
  return digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits)
}

function floatOf(text: string): number {
  if (text.includes('nan')) return Number.NaN
  if (text.endsWith('inf')) return text.startsWith('-') ? -Infinity : Infinity
  return Number(text.replaceAll('_', ''))
}
