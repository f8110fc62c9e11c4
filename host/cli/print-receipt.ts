/** Prints the receipt of a request: `mayfly audit receipt` and `mayfly run receipt` do. @module */

import { MayflyError, printableJson } from '../../runtime/errors/index.ts'
import { auditReceipt } from '../drivers/audit-file/index.ts'
import { auditLogOf } from './audit-log.ts'

/**
 * Returns the exit code.
 *
 * @param args - the id of the request, and the data directory of its host
 * @throws {MayflyError} ERR_USAGE
 */
export async function printReceipt([id, directory]: readonly string[]): Promise<number> {
  if (id === undefined) {
    throw new MayflyError('ERR_USAGE', 'Cannot print receipt: no request id given', {
      hint: 'It is in the x-request-id header of the answer, and in the log',
    })
  }
  const receipt = await auditReceipt(auditLogOf(directory), id)
  if (receipt === undefined) {
    throw new MayflyError('ERR_USAGE', `Cannot print receipt of "${id}": no signed record of it`, {
      hint: 'See mayfly audit show; a record is signed within a tenth of a second',
    })
  }
  console.log(printableJson(JSON.stringify(receipt, undefined, 2)))
  return 0
}
