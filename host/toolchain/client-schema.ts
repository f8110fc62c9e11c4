/**
 * Rewrites JSON Schema of a library in the words that all clients of models know, as those of WIT types have them: one `type`
 * in each place, also beside `enum` and `const`, no list of types, and `items` for each array.
 *
 * What a schema allows stays the same, except that the words `items` of a tuple add nothing.
 *
 * @module
 */

/** A JSON Schema of version 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Deeper ones are no schema for a model. */
export const MAX_SCHEMA_DEPTH = 48

const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems']
const SINGLE = [
  ...['items', 'additionalProperties', 'contains', 'not', 'if', 'then', 'else'],
  ...['propertyNames', 'unevaluatedItems', 'unevaluatedProperties', 'contentSchema'],
]
/** Words that say something of values of one type. */
const OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  string: [
    ...['minLength', 'maxLength', 'pattern', 'format'],
    ...['contentEncoding', 'contentMediaType', 'contentSchema'],
  ],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  array: [
    ...['items', 'prefixItems', 'contains', 'minContains', 'maxContains'],
    ...['minItems', 'maxItems', 'uniqueItems', 'unevaluatedItems'],
  ],
  object: [
    ...['properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames'],
    ...['minProperties', 'maxProperties', 'dependentRequired', 'dependentSchemas'],
    'unevaluatedProperties',
  ],
}
// Of a file, or of the library.
const DROPPED = ['$schema', '~standard']

/**
 * Returns `schema` in these words.
 *
 * @throws {RangeError} when it nests too deep
 */
export function clientSchema(schema: unknown, depth: number = 0): JsonSchema | boolean {
  if (typeof schema === 'boolean') return schema
  if (!isObject(schema)) return {}
  if (depth > MAX_SCHEMA_DEPTH) throw new RangeError(`nests deeper than ${MAX_SCHEMA_DEPTH}`)
  const parts = Object.entries(schema)
    .filter(([word]) => !DROPPED.includes(word))
    .map(([word, value]): [string, unknown] => [word, part(word, value, depth + 1)])
  return withOneType(withItems(Object.fromEntries(parts)))
}

function part(word: string, value: unknown, depth: number): unknown {
  if (MAPS.includes(word) && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, clientSchema(each, depth)]),
    )
  }
  const isList = LISTS.includes(word) || word === 'items'
  if (isList && Array.isArray(value)) return value.map((each) => clientSchema(each, depth))
  return SINGLE.includes(word) ? clientSchema(value, depth) : value
}

/** Has an array say what all its elements are. */
function withItems(schema: JsonSchema): JsonSchema {
  const { type, items } = schema
  if (!typesIn(type).includes('array')) return schema
  // Before 2020 `items` was the list.
  const first = Array.isArray(items) ? items : schema['prefixItems']
  const rest = Array.isArray(items) ? schema['additionalItems'] : items
  const { additionalItems: _, ...others } = schema
  if (!Array.isArray(first)) return { ...others, items: isObject(items) ? items : {} }
  const isOpen = rest !== false
  const distinct = [...new Map(first.map((each) => [JSON.stringify(each), each])).values()]
  const every = distinct.length === 1 ? distinct[0] : { anyOf: distinct }
  return {
    ...others,
    prefixItems: first,
    items: isOpen ? (isObject(rest) ? rest : {}) : every,
    ...(isOpen ? {} : { maxItems: schema['maxItems'] ?? first.length }),
  }
}

function withOneType(schema: JsonSchema): JsonSchema {
  const types = typesOf(schema)
  const [only, second] = types
  if (only === undefined) return schema
  if (second === undefined) return { type: only, ...without(schema, ['type']) }
  const words = [...Object.values(OF_TYPE).flat(), 'type', 'enum', 'anyOf']
  const arms = types.map((type) => armOf(schema, type))
  const { anyOf } = schema
  const rest = without(schema, words)
  return anyOf === undefined
    ? { ...rest, anyOf: arms }
    : { ...rest, allOf: [...listOf(schema['allOf']), { anyOf }, { anyOf: arms }] }
}

/** What `schema` says of values of `type`. */
function armOf(schema: JsonSchema, type: string): JsonSchema {
  const own = Object.entries(schema).filter(([word]) => OF_TYPE[type]?.includes(word))
  const { enum: values } = schema
  const fitting = Array.isArray(values) ? values.filter((each) => fits(each, type)) : undefined
  return { type, ...(fitting && { enum: fitting }), ...Object.fromEntries(own) }
}

/** Those that the schema names, or that its values have. */
function typesOf({ type, enum: values, const: value, ...rest }: JsonSchema): string[] {
  const named = typesIn(type)
  if (named.length > 0) {
    if (named.length === 1 || !Array.isArray(values)) return named
    return named.filter((each) => values.some((one) => fits(one, each)))
  }
  if ('$ref' in rest) return []
  if (Array.isArray(values)) return [...new Set(values.map(typeOf))]
  return value === undefined ? [] : [typeOf(value)]
}

function typesIn(type: unknown): string[] {
  return listOf(Array.isArray(type) ? type : type === undefined ? [] : [type]).filter(
    (each) => typeof each === 'string',
  )
}

function fits(value: unknown, type: string): boolean {
  return typeOf(value) === type || (type === 'integer' && Number.isInteger(value))
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function without(schema: JsonSchema, words: readonly string[]): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([word]) => !words.includes(word)))
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
