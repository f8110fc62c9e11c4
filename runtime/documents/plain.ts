/** Plain data, as a document holds it. @module */

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Leaves out fields that are `undefined`: zod's optional fields may be, those of a parsed document never are. */
export function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune)
  if (!isObject(value)) return value
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(entries.map(([key, field]) => [key, prune(field)]))
}

/** Freezes all of `value`. */
export function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze)
  return Object.freeze(value)
}
