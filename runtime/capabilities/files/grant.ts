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
  readonly input?: true | MountedArea
  /** Gone after the request. */
  readonly scratch?: SizedArea
  /** Kept. */
  readonly output?: SizedArea
}

/** An area at a path. */
export interface MountedArea {
  /**
   * The path of its root for the guest.
   *
   * @default `/input`, `/scratch` or `/output`
   */
  readonly at?: string | undefined
}

/** An area with a bound. */
export interface SizedArea extends MountedArea {
  /** All that may be in it, names included. */
  readonly maxBytes: number
}

/** The path of the root of the area `name`, of which the grant is `area`. */
export function mountPoint(name: keyof FileAreas, area: true | MountedArea): string {
  return (area === true ? undefined : area.at) ?? `/${name}`
}

const DEFAULT_AREA_BYTES = 16_777_216 // Room for an unpacked archive; a host keeps many areas in memory

const AT_EXPECTED = 'a path such as "/" or "/data", without "." and ".."'

const atSchema = describe(
  z.optional(
    z.string(AT_EXPECTED).check(z.regex(/^\/$|^(?:\/(?!\.\.?(?:\/|$))[\w.~-]+)+$/, AT_EXPECTED)),
  ),
  'Path of the area for the agent, such as "/" for programs that open files by their name alone. Default: "/" and the name of the area.',
)

const areaFields = z.strictObject({
  at: atSchema,
  maxBytes: describe(
    z._default(countSchema, DEFAULT_AREA_BYTES),
    'Bytes the area may hold, names included. Default 16 MiB.',
  ),
})

const areaSchema = z.union(
  [
    z.pipe(
      z.literal(true),
      z.transform((): SizedArea => ({ maxBytes: DEFAULT_AREA_BYTES })),
    ),
    areaFields,
  ],
  'true or { "maxBytes": number, "at": "/" }',
)

const inputSchema = z.union(
  [z.literal(true), z.strictObject({ at: atSchema })],
  'true or { "at": "/" }',
)

const areasSchema = z.strictObject({
  input: describe(
    z.optional(inputSchema),
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

const filesSchema = areasSchema.check(
  z.refine((areas) => {
    const paths = Object.entries(areas).flatMap(([name, area]) =>
      // A key of this schema.
      area === undefined ? [] : [mountPoint(name as keyof FileAreas, area)],
    )
    return new Set(paths).size === paths.length
  }, 'areas at different paths: set another "at" for one of them'),
)

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
