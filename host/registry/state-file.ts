/** A file of JSON in a state store: read by its version, written whole. @module */

import { MayflyError } from '../../runtime/errors/index.ts'
import type { StateStore } from './state/index.ts'

export interface StateFileKind {
  /** Name of its content, for error messages. */
  readonly what: string
  /** The version that is written. Older ones are read, newer ones refused. */
  readonly version: number
  /** The remedy when it cannot be read. */
  readonly hint: string
}

/**
 * Reads the content under `name`, and checks only its version.
 *
 * @returns `undefined` when there is no such file
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE when it cannot be read, or a newer host wrote it
 */
export function readState(
  store: StateStore,
  name: string,
  kind: StateFileKind,
): Readonly<Record<string, unknown>> | undefined {
  const path = store.locate(name)
  let value: unknown
  try {
    const bytes = store.read(name)
    if (bytes === undefined) return undefined
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw unreadable(path, kind, cause)
  }
  if (!isObject(value)) throw unreadable(path, kind)
  const { version } = value
  if (typeof version !== 'number' || version < 1) throw unreadable(path, kind)
  if (version > kind.version) throw newer(path, kind, version)
  return value
}

/** @param indent - spaces a level, for files that people look into. @default none: one line */
export function writeState(
  store: StateStore,
  name: string,
  value: Readonly<Record<string, unknown>> & { readonly version: number },
  indent?: number,
): void {
  const text = JSON.stringify(value, undefined, indent)
  store.replace(name, new TextEncoder().encode(indent === undefined ? text : `${text}\n`))
}

export function unreadable(path: string, kind: StateFileKind, cause?: unknown): MayflyError {
  return new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot read ${kind.what} "${path}"`, {
    cause,
    hint: kind.hint,
    facts: { path },
  })
}

function newer(
  path: string,
  { what, version: known }: StateFileKind,
  version: number,
): MayflyError {
  return new MayflyError(
    'ERR_HOST_UNAVAILABLE',
    `Cannot read ${what} "${path}": it is of version ${version}, this host knows version ${known}`,
    {
      hint: 'A newer host wrote it: start that one, or give this one another directory with --data',
      facts: { path, version, known },
    },
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
