/** `mayfly audit`: checks, prints and proves what agents did. @module */

import { MayflyError, printable, printableJson } from '../../../runtime/errors/index.ts'
import { auditRecords, publicKeyOf, verifyAudit } from '../../drivers/audit-file/index.ts'
import { ledgerFile, markFile } from '../../data-directory/index.ts'
import { auditLogOf } from '../audit-log.ts'
import { DEFAULT_DATA_DIRECTORY } from '../data-directory.ts'
import { printReceipt } from '../print-receipt.ts'
import { recordFilter, recordText } from '../record-text.ts'
import type { ParsedArguments, Verb } from '../verb.ts'

export const verb: Verb = {
  name: 'audit',
  summary: 'Check, print and prove what agents did.',
  usage: `Usage: mayfly audit verify [DIR] [--key=KEY]
       mayfly audit show [DIR] [options]
       mayfly audit receipt ID [DIR]

DIR is the data directory of a host. Default: .mayfly/data

  verify   Finds records that were edited, removed, added or reordered, and that all are gone. Exits with 1
           if it found any.
  show     Prints records, one a line.
  receipt  Prints the signed receipt of the request with that id, for mayfly receipt verify.

  --key=KEY          Public key that must have signed, in base64url. Default: the one beside the log
  --agent NAME       Only of this agent
  --outcome OUTCOME  Only of this outcome: completed, failed, trapped, limited, killed, rejected,
                     allowed, denied
  --since TIME       Only from then on: "2027-01-31T12:00:00Z", or "90s", "15m", "2h", "7d" ago
  --json             Print each record as a JSON object

Example: mayfly audit show --agent hello --since 15m --outcome denied`,
  options: {
    key: { type: 'string' },
    agent: { type: 'string' },
    outcome: { type: 'string' },
    since: { type: 'string' },
    json: { type: 'boolean' },
  },
  async run(parsed) {
    const [action, ...rest] = parsed.positionals
    switch (action) {
      case 'verify':
        return verify(rest[0], parsed)
      case 'show':
        return show(auditLogOf(rest[0]), parsed)
      case 'receipt':
        return printReceipt(rest)
      default:
        throw new MayflyError('ERR_USAGE', `Cannot audit "${action ?? ''}": no such action`, {
          hint: 'mayfly audit verify, show or receipt',
        })
    }
  },
}

async function verify(
  dataDirectory: string | undefined,
  { values }: ParsedArguments,
): Promise<number> {
  const directory = auditLogOf(dataDirectory)
  const { key = publicKeyOf(directory) } = values
  const publicKey = typeof key === 'string' ? key : undefined
  const data = dataDirectory ?? DEFAULT_DATA_DIRECTORY
  const witnesses = [ledgerFile(data), markFile(data)]
  const { files, removed, problems } = await verifyAudit(directory, publicKey, witnesses)
  for (const { name, records, unsigned, closed, head } of files) {
    const state = closed ? 'closed' : 'not closed: its host runs, or was killed'
    const note = unsigned === 0 ? '' : `, the last ${unsigned} not signed`
    console.log(printable(`${name}  ${records} records${note}, ${state}`))
    console.log(`  head ${head.sequence} ${head.hash}`)
  }
  if (removed > 0)
    console.log(`${removed} older files removed by the host, which has records of it`)
  for (const problem of problems) console.error(`mayfly: ${printable(problem)}`)
  const total = files.reduce((sum, { records }) => sum + records, 0)
  const found = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  console.log(
    problems.length === 0 ? `${total} records, nothing wrong` : `${total} records, ${found}`,
  )
  if (publicKey !== undefined) console.log(printable(`signed by ${publicKey}`))
  return problems.length === 0 ? 0 : 1
}

async function show(directory: string, { values }: ParsedArguments): Promise<number> {
  const matches = recordFilter(values)
  const records = (await Array.fromAsync(auditRecords(directory))).filter(matches)
  // Each thread has written its own file.
  for (const record of records.toSorted((a, b) => a.timeMs - b.timeMs)) {
    const json = values['json'] === true
    console.log(json ? printableJson(JSON.stringify(record)) : recordText(record))
  }
  return 0
}
