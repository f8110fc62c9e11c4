/**
 * The numbers of `limits`, for a policy that bounds them: their schemas without defaults, and their defaults.
 *
 * @module
 */
import * as z from 'zod/mini'
import { limitFields } from './schema.ts'

/** The schema of each number in `limits`, for a value that is written out. */
export const LIMIT_CEILINGS: Readonly<Record<string, z.ZodMiniType<number>>> = Object.fromEntries(
  Object.entries(limitFields).flatMap(([name, field]) => {
    const inner = innerOf(field)
    return inner === undefined ? [] : [[name, inner]]
  }),
)

/** Its value when a manifest leaves it out; `undefined` when there is no bound then. */
export function defaultLimit(name: string): number | undefined {
  const field = limitFields[name]
  const value = field === undefined ? undefined : z.safeParse(field, undefined).data
  return typeof value === 'number' ? value : undefined
}

/** The number behind the default. */
function innerOf(field: z.core.$ZodType): z.ZodMiniType<number> | undefined {
  // Every schema is one of zod's own; the static type of a nested one does not say which.
  const definition = field._zod.def as z.core.$ZodTypes['_zod']['def']
  if (definition.type !== 'default' && definition.type !== 'optional') return undefined
  const { innerType } = definition
  // As above.
  return innerType._zod.def.type === 'number' ? (innerType as z.ZodMiniType<number>) : undefined
}
