/**
 * The schema of `capabilities` in `agent.json`: one field a capability, named as its WIT interface is.
 *
 * @module
 */
import * as z from 'zod/mini'
import { GRANT_KINDS } from '../capabilities/grants.ts'

const PLACE_EXPECTED = 'where a grant stands in "capabilities", such as "kv.notes" or "http[0]"'

// Of `http[0]` and `kv.notes`: whether there is such a grant is known only where the callee is.
const PLACE = new RegExp(
  `^(${[...GRANT_KINDS]
    .flatMap(([name, { parts }]) => (parts.place === undefined ? [] : [name + parts.place]))
    .join('|')})$`,
)

const placeSchema = z.string(PLACE_EXPECTED).check(z.regex(PLACE, PLACE_EXPECTED))

const fields = [...GRANT_KINDS].map(
  ([name, kind]) => [name, kind.schema(placeSchema)] satisfies [string, z.ZodMiniType],
)

// Capabilities that have to be granted come first; those that are on by default come last.
const [given = [], granted = []] = [true, false].map((isOn) =>
  fields.filter(([, schema]) => (schema.safeParse(undefined).data !== undefined) === isOn),
)

// Its output is `Capabilities` but for optional fields that may hold `undefined`; `parse.ts` takes those out.
export const capabilitiesSchema: z.ZodMiniType<object, unknown> = z.strictObject(
  Object.fromEntries([...granted, ...given]),
)
