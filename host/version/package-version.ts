/**
 * The version of this package, from its package.json: two folders up in a checkout, three in `dist/`.
 *
 * @module
 */

import { existsSync, readFileSync } from 'node:fs'

export function readPackageVersion(): string {
  const file = ['../../package.json', '../../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url))
  if (file === undefined) return 'unknown'
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}
