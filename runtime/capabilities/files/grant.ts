/**
 * The grant `capabilities.files`: areas of files. Agents reach them only through `wasi:filesystem` in `runtime/wasi`.
 *
 * @module
 */
import * as z from 'zod/mini'
import { countSchema, describe, power, removable, type GrantKind } from '../../grants/index.ts'

/** Areas of files. An absent area does not exist for the agent. */
export interface FileAreas {
  /** Files that the host gives the agent to read. */
  readonly input?: true
  /** Gone after the request. */
  readonly scratch?: { readonly maxBytes: number }
  /** Kept. */
  readonly output?: { readonly maxBytes: number }
}

const DEFAULT_AREA_BYTES = 16_777_216 // Room for an unpacked archive; a host keeps many areas in memory

const areaFields = z.strictObject({
  maxBytes: describe(
    z._default(countSchema, DEFAULT_AREA_BYTES),
    'Bytes the area may hold, names included. Default 16 MiB.',
  ),
})

const areaSchema = z.union(
  [
    z.pipe(
      z.literal(true),
      z.transform(() => ({ maxBytes: DEFAULT_AREA_BYTES })),
    ),
    areaFields,
  ],
  'true or { "maxBytes": number }',
)

const filesSchema = z.strictObject({
  input: describe(
    z.optional(z.literal(true, 'true')),
    'Files the host gives, under "/input", to read only: those in files/<agent>/input of its data directory. Default: none.',
  ),
  scratch: describe(
    z.optional(areaSchema),
    'Files under "/scratch", gone after the request. Default: none.',
  ),
  output: describe(
    z.optional(areaSchema),
    'Files under "/output", which stay: in files/<agent>/output of the data directory of the host. Without one, as long as the agent is loaded. Default: none.',
  ),
})

export const filesGrant: GrantKind<FileAreas | undefined, never, never> = {
  schema: () =>
    describe(
      z.optional(filesSchema),
      'Areas of files, for agents that use wasi:filesystem. Default: none, and no path leads anywhere.',
      { scratch: true },
    ),
  parts: removable(),
  powers: ({ input, ...written }) => [
    ...(input === undefined ? [] : [power('files input')]),
    ...Object.entries(written).map(([area, { maxBytes }]) =>
      power(`files ${area}`, {}, { [`files ${area} maxBytes`]: maxBytes }),
    ),
  ],
  hostSide: {
    quotas: {
      maxBytes: 'Most bytes that an area of files may hold.',
    },
    quotasOf: ({ scratch, output }) =>
      Object.entries({ scratch, output }).flatMap(([area, bounds]) =>
        bounds === undefined
          ? []
          : [
              {
                field: 'maxBytes',
                path: [area, 'maxBytes'],
                value: bounds.maxBytes,
                isDefault: bounds.maxBytes === DEFAULT_AREA_BYTES,
              },
            ],
      ),
    usesOf: () => [],
  },
  budgets: {},
  bounds: {},
}
