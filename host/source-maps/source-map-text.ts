/**
 * A source map as it is kept and sent: version 3 of ECMA-426, as JSON, with fewer fields.
 *
 * It comes with an agent, so with the trust of one: its size is bounded, and the names of its sources are only shown.
 *
 * @module
 */

import { MayflyError } from '../../runtime/errors/index.ts'

/** The fields that are used. Lines and columns of one file, as places in other files. */
export interface SourceMapContent {
  readonly version: 3
  /** Name of the file in stacks. */
  readonly file: string
  /** Nothing for lines that no person wrote. */
  readonly sources: readonly (string | null)[]
  readonly mappings: string
}

/** A map of about 9 MB of JavaScript. To decode it takes less than half a second, once. */
export const MAX_MAP_CHARACTERS: number = 2 * 1024 * 1024

const HINT = 'mayfly build writes a source map beside the component, or leave the map out'

/**
 * Reads a map that came from outside. Fields that are not used are left out.
 *
 * @throws {MayflyError} ERR_USAGE for text that is too long, or no source map
 */
export function readSourceMap(text: string): SourceMapContent {
  if (text.length > MAX_MAP_CHARACTERS) {
    throw refused(`it has ${text.length} characters, ${MAX_MAP_CHARACTERS} allowed`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw refused('it is not JSON', cause)
  }
  const { version, file, sources, mappings } = fieldsOf(value)
  if (version !== 3) throw refused('it is not of version 3')
  if (typeof file !== 'string' || file === '') throw refused('it names no "file"')
  if (!Array.isArray(sources) || !sources.every(isSource)) throw refused('it has no "sources"')
  if (typeof mappings !== 'string') throw refused('it has no "mappings"')
  return { version, file, sources, mappings }
}

function isSource(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function fieldsOf(value: unknown): Partial<Record<keyof SourceMapContent, unknown>> {
  return typeof value === 'object' && value !== null ? value : {}
}

function refused(reason: string, cause?: unknown): MayflyError {
  return new MayflyError('ERR_USAGE', `Cannot use the source map: ${reason}`, { hint: HINT, cause })
}
