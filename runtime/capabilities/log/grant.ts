/** The grant `capabilities.log`: lines for the operator. @module */
import * as z from 'zod/mini'
import {
  bytes,
  countSchema,
  describe,
  MAX_BUDGET_BYTES,
  MIB,
  noParts,
  power,
  type GrantKind,
} from '../../grants/index.ts'

/** @inline */
export type LogGrant = false | { readonly maxBytes: number }

const DEFAULT_LOG_BYTES = 65_536 // A page of stack traces, and less than a request is worth remembering

const logSchema = z.pipe(
  z.union(
    [
      z.boolean(),
      z.strictObject({
        maxBytes: describe(
          countSchema,
          'Bytes one invocation may write. What exceeds them is dropped, and the drop is noted. Default 65536.',
        ),
      }),
    ],
    'true, false or { "maxBytes": number }',
  ),
  z.transform((log) => (log === true ? { maxBytes: DEFAULT_LOG_BYTES } : log)),
)

export const logGrant: GrantKind<LogGrant, 'logBytes', never> = {
  schema: () =>
    describe(
      z.prefault(logSchema, true),
      'Lines for the operator: on or off, or on with a bound in bytes. Default on, 65536 bytes an invocation.',
    ),
  parts: noParts(),
  powers: (log) => (log === false ? [] : [power('log', {}, { 'log maxBytes': log.maxBytes })]),
  hostSide: {
    quotas: {
      maxBytes: 'Most bytes that one invocation may write into the log.',
    },
    quotasOf: (log) =>
      log === false
        ? []
        : [
            {
              field: 'maxBytes',
              path: ['maxBytes'],
              value: log.maxBytes,
              isDefault: log.maxBytes === DEFAULT_LOG_BYTES,
            },
          ],
    usesOf: () => [],
  },
  budgets: {
    logBytes: describe(
      z._default(bytes(0, MAX_BUDGET_BYTES), MIB),
      'Bytes of lines one invocation may write, those of its tools included. Default 1 MiB.',
    ),
  },
  bounds: {},
}
