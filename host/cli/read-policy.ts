/** The policy file that `--policy` names. @module */

import { readFileSync } from 'node:fs'
import { MayflyError } from '../../runtime/errors/index.ts'
import { parsePolicy, type HostPolicy } from '../../runtime/host-policy/index.ts'

/** @throws {MayflyError} ERR_USAGE when it cannot be read, or with every problem in it */
export function readPolicy(file: string): HostPolicy {
  return parsePolicy(readPolicyText(file), { file })
}

/** @throws {MayflyError} ERR_USAGE when it cannot be read */
export function readPolicyText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new MayflyError(
      'ERR_USAGE',
      `Cannot read policy "${file}": no such file, or not readable`,
      {
        cause,
        hint: 'Give the name of a policy file as --policy',
        facts: { file },
      },
    )
  }
}
