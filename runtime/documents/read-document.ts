/**
 * The one way into a document: text or an object of an embedder, checked once.
 *
 * Every problem is listed at once, because a document is mended by hand and a round trip a problem is slow.
 *
 * @module
 */
import type * as z from 'zod/mini'
import { MayflyError, type MayflyErrorCode } from '../errors/index.ts'
import { MAX_DEPTH, readDocumentText, TOO_DEEP, type Path } from './document-text.ts'
import { isObject } from './plain.ts'
import {
  GENERIC_MESSAGE,
  lineOf,
  listProblems,
  MAX_PROBLEMS,
  pathText,
  problem,
  type Problem,
} from './problem.ts'

/** A document that breaks no rule, or the rules that it breaks. */
export type Checked<Value> = { readonly value: Value } | { readonly problems: readonly Problem[] }

export interface DocumentKind<Value> {
  /** Its name in messages: `manifest`. */
  readonly what: string
  /** The code of the error when it breaks a rule. */
  readonly code: MayflyErrorCode
  check(input: unknown): Checked<Value>
}

/**
 * Reads JSON with comments and trailing commas.
 *
 * @param file - its name, as errors are to show it
 * @throws {MayflyError} with every problem, each as `file:line:column: field: expected …, got …`
 */
export function readDocument<Value>(text: string, file: string, kind: DocumentKind<Value>): Value {
  const source = readDocumentText(text)
  if (source.problems.length > 0) {
    const lines = source.problems
      .slice(0, MAX_PROBLEMS)
      .map(({ offset, message }) => `${file}:${source.position(offset)}: ${message}`)
    throw refusal(kind, file, lines)
  }
  const checked = kind.check(source.value)
  if ('value' in checked) return checked.value
  const located = checked.problems.slice(0, MAX_PROBLEMS).map((problem) => ({
    problem,
    offset: problem.atKey ? source.offsetOfKey(problem.path) : source.offsetOf(problem.path),
  }))
  const lines = located
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ problem, offset }) => `${file}:${source.position(offset)}: ${lineOf(problem)}`)
  throw refusal(kind, file, lines)
}

/**
 * Takes an object that a program made. Errors name no line.
 *
 * @throws {MayflyError} with every problem, each as `field: expected …, got …`
 */
export function documentOfObject<Value>(object: unknown, kind: DocumentKind<Value>): Value {
  const checked = kind.check(object)
  if ('value' in checked) return checked.value
  throw refusal(kind, 'object', checked.problems.slice(0, MAX_PROBLEMS).map(lineOf))
}

/** Checks the rules of single fields. Problems may come with a value: then the schema has lost a key without a word. */
export function checkFields<Value>(
  schema: z.ZodMiniType<Value>,
  input: unknown,
): { readonly value: Value | undefined; readonly problems: Problem[] } {
  // Any module of the process may give the library words of its own, for all that use it.
  const result = schema.safeParse(input, { error: () => GENERIC_MESSAGE })
  const problems = result.success ? [] : listProblems(schema, result.error.issues, input)
  // In a record of any names the schema loses such a key without a word.
  const lost = nameProblems(input)
    .slice(0, MAX_PROBLEMS)
    .filter(({ path }) => !problems.some((each) => isSame(each.path, path)))
  return { value: result.success ? result.data : undefined, problems: [...problems, ...lost] }
}

/** `line:column` of each value in the text of a document that was read, by its place: `limits.fuel`, `secrets[0]`. */
export function placesIn(text: string): Readonly<Record<string, string>> {
  const source = readDocumentText(text)
  const places: [string, string][] = []
  visit(source.value, [])
  return Object.fromEntries(places)

  function visit(value: unknown, path: Path): void {
    places.push([pathText(path), source.position(source.offsetOf(path))])
    if (!isObject(value)) return
    const own = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
    for (const [key, field] of own) visit(field, [...path, key])
  }
}

/** JavaScript has its own idea of a key `__proto__`, and objects of programs may be of any depth. */
function nameProblems(value: unknown, path: Path = [], seen: Set<object> = new Set()): Problem[] {
  if (!isObject(value) || seen.has(value)) return []
  if (path.length >= MAX_DEPTH) return [problem(path, TOO_DEEP)]
  seen.add(value)
  const own = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return own.flatMap(([key, field]) => {
    const at = [...path, key]
    if (key !== '__proto__') return nameProblems(field, at, seen)
    return [problem(at, 'expected another name, got "__proto__"', true)]
  })
}

function isSame(left: Path, right: Path): boolean {
  return left.length === right.length && left.every((part, index) => part === right[index])
}

function refusal(
  { what, code }: DocumentKind<unknown>,
  file: string,
  lines: readonly string[],
): MayflyError {
  const count = lines.length === 1 ? '1 problem' : `${lines.length} problems`
  return new MayflyError(
    code,
    `Cannot read ${what} "${file}": ${count}\n${lines.map((text) => `  ${text}`).join('\n')}`,
    { facts: { file, problems: lines.length } },
  )
}
