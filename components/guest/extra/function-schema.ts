/**
 * The schemas of functions: what each says of a value, and as JSON Schema.
 *
 * @module
 */

import { parts } from '../extra-host.ts'
import type { FunctionSchema, StandardIssue, StandardSchema } from '../functions.ts'

/** A value as the schema has it, or what is wrong with it. */
export type Checked =
  { readonly value: unknown; readonly wrong?: undefined } | { readonly wrong: string }

export type Check = (value: unknown) => Checked | Promise<Checked>

// Of one value: the others are often what follows of the first.
const MAX_ISSUES = 3

/**
 * Returns what checks values by `schema`.
 *
 * @param whole - names such a value in what is wrong with it
 * @param subject - for the message of the error
 * @throws {TypeError} for what is no schema
 */
export function checkerOf(schema: FunctionSchema, whole: string, subject: string): Check {
  if (isStandard(schema)) {
    return async (value) => {
      const result = await schema['~standard'].validate(value)
      if (result.issues !== undefined) return { wrong: said(result.issues, whole) }
      return { value: result.value }
    }
  }
  if (typeof schema !== 'object' || schema === null) {
    throw new TypeError(`Cannot build the agent: ${subject} is no schema`)
  }
  const { jsonSchema } = parts
  if (jsonSchema === undefined) {
    throw new TypeError(
      `Cannot build the agent: ${subject} is JSON Schema without "required" and "additionalProperties", beside schemas of a library: give it one of them`,
    )
  }
  const check = jsonSchema(schema, whole)
  return (value) => {
    const wrong = check(value)
    return wrong === undefined ? { value } : { wrong }
  }
}

/**
 * Returns `schema` as JSON Schema: of what it takes, or of what becomes of it.
 *
 * @throws {TypeError} when the library has none, or none for this schema
 */
export function jsonSchemaOf(
  schema: FunctionSchema,
  side: 'input' | 'output',
  subject: string,
): object {
  if (!isStandard(schema)) return schema
  const { jsonSchema, vendor } = schema['~standard']
  if (jsonSchema === undefined) {
    throw new TypeError(
      `Cannot build the agent: ${subject} has no JSON Schema, since this version of ${vendor} makes none: give it as "${side}Schema"`,
    )
  }
  try {
    return jsonSchema[side]({ target: 'draft-2020-12' })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new TypeError(`Cannot build the agent: ${subject} has no JSON Schema: ${reason}`, {
      cause: error,
    })
  }
}

/** Schemas of some libraries are functions. */
function isStandard(schema: FunctionSchema): schema is StandardSchema {
  return (
    schema !== null &&
    (typeof schema === 'object' || typeof schema === 'function') &&
    '~standard' in schema
  )
}

function said(issues: readonly StandardIssue[], whole: string): string {
  return issues
    .slice(0, MAX_ISSUES)
    .map(({ path = [], message }) => `${placeOf(path) || whole}: ${message}`)
    .join('; ')
}

/** `city.names[0]`. */
function placeOf(path: NonNullable<StandardIssue['path']>): string {
  return path.reduce<string>((place, part) => {
    const key = typeof part === 'object' ? part.key : part
    if (typeof key === 'number') return `${place}[${key}]`
    return place === '' ? String(key) : `${place}.${String(key)}`
  }, '')
}
