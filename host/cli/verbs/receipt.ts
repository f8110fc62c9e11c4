/** `mayfly receipt`: checks a receipt, offline. @module */

import { readFileSync } from 'node:fs'
import { parseReceipt, verifyReceipt } from '../../../runtime/audit/index.ts'
import { MayflyError, printable } from '../../../runtime/errors/index.ts'
import { sha256 } from '../../digest/index.ts'
import { recordText } from '../record-text.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  name: 'receipt',
  summary: 'Check the signed receipt of a request.',
  usage: `Usage: mayfly receipt verify FILE [--key=KEY]

FILE is what mayfly audit receipt printed; - for standard input. Needs no log and no network. Exits with 1
when the receipt was changed.

  --key=KEY  Public key that must have signed it, in base64url, as mayfly audit verify prints it. Without
             it the receipt is checked against the key it names itself: any key may have signed it.`,
  options: { key: { type: 'string' } },
  async run({ positionals: [action, file], values: { key } }) {
    if (action !== 'verify' || file === undefined) {
      throw new MayflyError('ERR_USAGE', 'Cannot check receipt: no file given', {
        hint: 'mayfly receipt verify FILE',
      })
    }
    const given = parseReceipt(read(file))
    const publicKey = typeof key === 'string' ? key : undefined
    const verdict = await verifyReceipt(given, { sha256, publicKey })
    if (verdict.state === 'forged') {
      const { invocation } = given
      console.error(printable(`mayfly: Receipt of "${invocation}" is forged: ${verdict.reason}`))
      return 1
    }
    for (const record of verdict.records) console.log(recordText(record))
    const signer = publicKey === undefined ? `${given.key}, which the receipt names` : publicKey
    console.log(printable(`genuine: signed by ${signer}`))
    return 0
  },
}

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    throw new MayflyError('ERR_USAGE', `Cannot read receipt "${file}"`, { cause })
  }
}
