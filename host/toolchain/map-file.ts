/**
 * The file beside a component with its source map.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs'
import { MAX_MAP_CHARACTERS, readSourceMap } from '../source-maps/index.ts'

/** Path of the source map of the component at `component`. */
export function mapPath(component: string): string {
  return `${component}.map`
}

/** Returns the source map of the component at `component`; nothing when there is none, or it is of no use. */
export function readMapOf(component: string): string | undefined {
  const path = mapPath(component)
  const found = statSync(path, { throwIfNoEntry: false })
  // A character takes three bytes at most.
  if (found?.isFile() !== true || found.size > 3 * MAX_MAP_CHARACTERS) return undefined
  try {
    return JSON.stringify(readSourceMap(readFileSync(path, 'utf8')))
  } catch {
    return undefined // Without it, stacks name lines of the bundle
  }
}
