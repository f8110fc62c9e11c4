/**
 * Describes the error that ended a call while its values were passed.
 *
 * @module
 */

import { ValueMismatch } from '../abi/index.ts'
import { isMayflyError, MayflyError } from '../errors/index.ts'

/** Returns `error` as the caller of an export gets it. `name` is the function whose values were passed. */
export function explain(error: unknown, name: string): unknown {
  if (isMayflyError(error)) return error
  if (!(error instanceof ValueMismatch)) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `Cannot finish call of "${name}": ${reason}`
    return new MayflyError('ERR_GUEST_TRAPPED', message, { cause: error })
  }
  const { path, expected, actual } = error
  return new MayflyError(
    'ERR_VALUE_MISMATCH',
    `Cannot return result${path} from "${name}": expected ${expected}, got ${actual}`,
    { facts: { function: name, path: `result${path}` } },
  )
}
