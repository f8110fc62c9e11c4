/**
 * The schema of `cors` in `agent.json`: which pages of other origins may read the answers of the agent.
 *
 * @module
 */
import * as z from 'zod/mini'
import { describe, integer } from '../grants/index.ts'
import type { CorsSettings } from './manifest.ts'

const MAX_NAMES = 64 // All of them stand in one field of an answer
const MAX_AGE_SECONDS = 86_400 // No browser keeps an answer for longer
const ORIGIN = 'an origin such as "https://app.example.com", or "*"'
const METHOD = 'a method in upper case, such as "PUT"'
const FIELD = 'a name of a field, such as "x-api-version"'

function list(pattern: RegExp, expected: string): z.ZodMiniArray<z.ZodMiniString<string>> {
  return z
    .array(z.string(expected).check(z.regex(pattern, expected)))
    .check(
      z.minLength(1, `a list of 1 to ${MAX_NAMES}`),
      z.maxLength(MAX_NAMES, `a list of 1 to ${MAX_NAMES}`),
    )
}

const corsFields = z.strictObject({
  origins: describe(
    list(/^(?:\*|[a-z][a-z0-9+.-]*:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?)$/, ORIGIN),
    'Origins of pages that may read answers, as browsers write them: scheme, host in lower case, and a port that is not that of the scheme. ["*"] for all. Required.',
    ['https://app.example.com'],
  ),
  methods: describe(
    z.optional(list(/^[A-Z]{1,16}$/, METHOD)),
    'Methods that such pages may send. Default: GET, HEAD, POST, PUT, PATCH and DELETE.',
    ['GET', 'POST'],
  ),
  headers: describe(
    z.optional(list(/^[\w!#$%&'*+.^`|~-]{1,100}$/, FIELD)),
    'Fields that such pages may send. Default: any.',
    ['authorization', 'content-type'],
  ),
  expose: describe(
    z.optional(list(/^[\w!#$%&'*+.^`|~-]{1,100}$/, FIELD)),
    'Fields of answers that such pages may read beside those that every page may. Default: none.',
    ['x-total'],
  ),
  credentials: describe(
    z.optional(z.boolean()),
    'Whether browsers send cookies of this host along, and such pages may read the answers then. Not beside "*". Default false.',
    true,
  ),
  maxAgeSeconds: describe(
    z.optional(integer(0, MAX_AGE_SECONDS, 'a number of seconds')),
    'Time for which a browser need not ask again before it sends a request. Default: that of the browser, 5 seconds.',
    600,
  ),
})

export const corsSchema: z.ZodMiniType<CorsSettings | undefined> = describe(
  z.optional(corsFields),
  'Pages of other origins that may read the answers of this agent. The host answers their questions (OPTIONS) itself, and leaves out fields of the agent that say something else. Default: none, and fields of the agent decide.',
  { origins: ['https://app.example.com'] },
)
