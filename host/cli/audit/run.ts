/** `mayfly run`: what is known of one run of an agent. @module */

import { MayflyError } from '../../../runtime/errors/index.ts'
import type { Verb } from '../verb.ts'
import { printReceipt } from './audit.ts'

export const run: Verb = {
  name: 'run',
  summary: 'Print the signed receipt of a run of an agent.',
  usage: `Usage: mayfly run receipt ID [DIR]

The same as mayfly audit receipt. ID is the request id, DIR the data directory of the host.
Default: .mayfly/data`,
  options: {},
  async run({ positionals: [action, ...rest] }) {
    if (action === 'receipt') return printReceipt(rest)
    throw new MayflyError('ERR_USAGE', `Cannot run "${action ?? ''}": no such action`, {
      hint: 'mayfly run receipt ID',
    })
  },
}
