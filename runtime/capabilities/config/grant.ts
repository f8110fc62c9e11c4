/** The grant `capabilities.config`: values to read. @module */
import * as z from 'zod/mini'
import { describe, noParts, power, type GrantKind } from '../../grants/index.ts'

/**
 * A value, or the variable of the host's environment that has it.
 *
 * @inline
 */
export type ConfigValue = string | { readonly env: string }

const valueSchema = z.union(
  [
    z.string(),
    z.strictObject({
      env: describe(
        z
          .string()
          .check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')),
        'Environment variable of the host that has the value, read when the agent is loaded.',
      ),
    }),
  ],
  'a string or { "env": "NAME" }',
)

export const configGrant: GrantKind<
  Readonly<Record<string, ConfigValue>> | undefined,
  never,
  never
> = {
  schema: () =>
    describe(
      z.optional(z.record(z.string().check(z.minLength(1, 'a name')), valueSchema)),
      'Values the agent can read. Not for secrets: what is here, the agent can send on. Default: none.',
      { GREETING: 'hello', REGION: { env: 'REGION' } },
    ),
  parts: noParts(),
  // A value that is written down gives nothing; one of the environment is the host's.
  powers: (values) =>
    Object.values(values).flatMap((value) =>
      typeof value === 'string' ? [] : [power(`config from $${value.env}`)],
    ),
  hostSide: {
    quotas: {},
    quotasOf: () => [],
    usesOf: (values) =>
      Object.entries(values).flatMap(([key, value]) =>
        typeof value === 'string' ? [] : [{ list: 'env', name: value.env, path: [key, 'env'] }],
      ),
  },
  budgets: {},
  bounds: {},
}
