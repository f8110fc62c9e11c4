/** Reads a file with secrets, which only its owner may read. @module */

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { MayflyError } from '../../../runtime/errors/index.ts'

const OTHERS_MASK = 0o077
const PERMISSION_MASK = 0o777

/**
 * Checks the file it has opened, not the file that has the same name a moment later.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE
 */
export function readPrivateFile(file: string): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (cause) {
    throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot read secrets "${file}": no such file`, {
      cause,
      hint: `Make ${file} with mode 600`,
      facts: { file },
    })
  }
  try {
    const mode = fstatSync(descriptor).mode & PERMISSION_MASK
    // Windows has no such bits and says 666 of every file.
    if ((mode & OTHERS_MASK) !== 0 && process.platform !== 'win32') {
      throw new MayflyError(
        'ERR_HOST_UNAVAILABLE',
        `Cannot read secrets "${file}": mode ${mode.toString(8)} lets others read it`,
        { hint: `chmod 600 ${file}`, facts: { file } },
      )
    }
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}
