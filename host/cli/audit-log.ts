/** Where the audit log of a host is. @module */

import { existsSync } from 'node:fs'
import { MayflyError } from '../../runtime/errors/index.ts'
import { auditDirectory, ledgerFile, markFile } from '../data-directory/index.ts'
import { DEFAULT_DATA_DIRECTORY } from './data-directory.ts'

/** @throws {MayflyError} ERR_USAGE when there is no log */
export function auditLogOf(dataDirectory: string = DEFAULT_DATA_DIRECTORY): string {
  const directory = auditDirectory(dataDirectory)
  if (existsSync(directory)) return directory
  throw new MayflyError('ERR_USAGE', `Cannot read audit log "${directory}": no such directory`, {
    hint: hintFor(dataDirectory),
  })
}

function hintFor(dataDirectory: string): string {
  if (existsSync(markFile(dataDirectory))) return 'A host has recorded there: its log was removed'
  return existsSync(ledgerFile(dataDirectory))
    ? 'A host has served agents there: unless with --audit off, its log was removed'
    : 'Give the data directory of a host: the DIR of mayfly serve --data DIR'
}
