/**
 * Paths in messages.
 *
 * @module
 */
import { relative } from 'node:path'

/** A path as people write it: relative to where they are, unless that leads up. */
export function toShown(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
