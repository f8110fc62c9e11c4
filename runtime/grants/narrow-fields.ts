/** Rules for the values that a narrowed grant may have in its fields. @module */

/** Whether the value of a field is a valid one, and no more than the part has. */
export type NarrowFields<Part> = Readonly<Record<string, (value: unknown, part: Part) => boolean>>

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}
