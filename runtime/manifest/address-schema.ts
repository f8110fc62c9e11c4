/**
 * The schema of the fields that say where an agent answers: `route` and `hosts`.
 *
 * What is refused here, no request could reach, or would take the place of the host itself.
 *
 * @module
 */
import * as z from 'zod/mini'
import { describe } from '../grants/index.ts'

const MAX_HOSTS = 16 // Spellings and languages of one site; a host looks a name up in one step
const MAX_HOST_LENGTH = 253 // https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4, as text

const pathSchema = z.string().check(
  z.regex(/^(\/[\w.~-]+)*\/\*?$|^(\/[\w.~-]+)+$/, {
    error: 'a path such as "/shop/*"',
    abort: true,
  }),
  z.regex(/^(?!.*\/\.\.?(?:\/|$))/, {
    error: 'a path without "." and "..": no request has one, its URL is resolved before',
    abort: true,
  }),
  z.regex(
    /^(?!\/-(?:\/|$))/,
    'a path outside of "/-/", where the control plane answers: such as "/shop/-/*"',
  ),
)

export const routeSchema: z.ZodMiniOptional<
  z.ZodMiniUnion<readonly [z.ZodMiniString<string>, z.ZodMiniLiteral<false>]>
> = describe(
  z.optional(z.union([pathSchema, z.literal(false, 'a path such as "/shop/*", or false')])),
  'Paths this agent answers: a path, or all below one with "/*" at the end. Default "/<name>/*"; with "hosts" all paths of these, and none beside other agents. False for none at all: only other agents reach it, as their tool.',
  '/shop/*',
)

// Labels of letters, digits and dashes; the last begins with a letter, or it would be an address.
// https://www.rfc-editor.org/rfc/rfc1123#section-2.1
const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

const hostSchema = z.string('a name such as "api.example.com"').check(
  z.regex(HOST_NAME, {
    error: 'a name in lower case, without scheme, port and "*", such as "api.example.com"',
    abort: true,
  }),
  z.maxLength(MAX_HOST_LENGTH, `a name of at most ${MAX_HOST_LENGTH} characters`),
  z.regex(/^(?!localhost$)/, 'another name than that of every machine: such as "shop.localhost"'),
)

export const hostsSchema: z.ZodMiniOptional<z.ZodMiniArray<z.ZodMiniString<string>>> = describe(
  z.optional(
    z.array(hostSchema).check(z.maxLength(MAX_HOSTS, `a list of at most ${MAX_HOSTS} names`)),
  ),
  `Names of hosts that are this agent's alone, at most ${MAX_HOSTS}. Requests to them reach this agent only, which sees the whole path, so that browsers keep its pages and cookies apart from those of other agents. It is served beside other agents too if it has a "route". Default: none.`,
  ['api.example.com'],
)
