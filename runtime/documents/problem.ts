/**
 * Turns an issue of zod into a line that a person can act on: the place, the expected value, the actual value.
 *
 * @module
 */
import type * as z from 'zod/mini'
import { nearest } from '../errors/index.ts'
import type { Path } from './document-text.ts'

export interface Problem {
  readonly path: Path
  /** The problem is the key that `path` ends with, not its value. */
  readonly atKey: boolean
  readonly message: string
}

type Issue = z.core.$ZodIssue
type Schema = z.core.$ZodType

// Schemas as they are after parsing: `def` of zod's core, a union by `type`.
type Definition = z.core.$ZodTypes['_zod']['def']

// A hundred problems are enough for one reading. A client may send a document with as many as it has characters, and each
// costs a comparison with all known keys, and a search through the whole text for its line.
export const MAX_PROBLEMS = 100

/** What the library is to say where a schema has no words of its own: `zod/mini` says no more without a locale. */
export const GENERIC_MESSAGE = 'Invalid input'
const MAX_SHOWN_LENGTH = 40

export function problem(path: Path, message: string, atKey = false): Problem {
  return { path, message, atKey }
}

/** A place as people write it: `capabilities.http[0].host`; empty for the whole document. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`,
    '',
  )
}

export function lineOf({ path, message }: Problem): string {
  const name = pathText(path)
  return name === '' ? message : `${name}: ${message}`
}

/** Lists the first problems behind `issues`, in the order of the fields. */
export function listProblems(schema: Schema, issues: readonly Issue[], input: unknown): Problem[] {
  return problemsOf(schema, issues, [], input)
}

function problemsOf(
  schema: Schema,
  issues: readonly Issue[],
  base: Path,
  input: unknown,
): Problem[] {
  const first = issues.slice(0, MAX_PROBLEMS)
  return first.flatMap((issue) => toProblems(schema, issue, base, input)).slice(0, MAX_PROBLEMS)
}

function toProblems(schema: Schema, issue: Issue, base: Path, input: unknown): Problem[] {
  // zod types a path as property keys; those of JSON are strings and numbers.
  const path = [...base, ...(issue.path as Path)]
  const got = show(valueAt(input, path))
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path)
    return issue.keys.slice(0, MAX_PROBLEMS).map((key) => ({
      path: [...path, key],
      atKey: true,
      message: unknownKey(key, known),
    }))
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? 'another key'
    return [{ path, atKey: true, message: `expected ${expected}, got ${show(path.at(-1))}` }]
  }
  if (issue.code === 'invalid_union') {
    // If the value has the type of a branch, the author meant that branch.
    const meant = issue.errors.find((branch) =>
      branch.every(({ path: inner, code }) => inner.length > 0 || code !== 'invalid_type'),
    )
    if (meant !== undefined && meant.length > 0) {
      return problemsOf(schema, meant, path, input)
    }
    return [{ path, atKey: false, message: `expected ${expectedOfUnion(issue)}, got ${got}` }]
  }
  return [{ path, atKey: false, message: `expected ${expected(issue)}, got ${got}` }]
}

function expected(issue: Issue): string {
  if (issue.message !== GENERIC_MESSAGE) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return NOUNS[issue.expected] ?? issue.expected
    case 'invalid_value':
      return oneOf(issue.values.map(show))
    default:
      return 'another value'
  }
}

function expectedOfUnion(issue: Issue & { code: 'invalid_union' }): string {
  if (issue.message !== GENERIC_MESSAGE) return issue.message
  return oneOf([...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expected)))])
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known)
  const meant = near === undefined ? '' : `, did you mean "${near}"`
  const list = known.filter((name) => !name.startsWith('$')).join(', ')
  return `expected a known key, got "${key}"${meant} (known: ${list})`
}

/** The keys an object may have at `path`. */
function knownKeys(schema: Schema, path: Path): string[] {
  let layer = [schema]
  for (const part of path) layer = layer.flatMap((type) => step(type, part))
  const keys = layer.flatMap(unwrap).flatMap((type) => {
    const definition = definitionOf(type)
    return definition.type === 'object' ? Object.keys(definition.shape) : []
  })
  return [...new Set(keys)]
}

function step(schema: Schema, part: string | number): Schema[] {
  return unwrap(schema).flatMap((type): Schema[] => {
    const definition = definitionOf(type)
    if (definition.type === 'object') return [definition.shape[part]].filter((x) => x !== undefined)
    if (definition.type === 'record') return [definition.valueType]
    return definition.type === 'array' ? [definition.element] : []
  })
}

/** Removes wrappers of a schema that do not change its keys. */
function unwrap(schema: Schema): Schema[] {
  const definition = definitionOf(schema)
  switch (definition.type) {
    case 'optional':
    case 'default':
    case 'prefault':
      return unwrap(definition.innerType)
    case 'pipe':
      return unwrap(definition.in)
    case 'union':
      return definition.options.flatMap(unwrap)
    default:
      return [schema]
  }
}

function definitionOf(schema: Schema): Definition {
  // Every schema is one of zod's own; the static type of a nested one does not say which.
  return schema._zod.def as Definition
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.hasOwn(value, part) ? Reflect.get(value, part) : undefined
  }
  return value
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text
}

function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
