/** Writes records to an audit log until it is killed: `node write-audit.ts DIRECTORY HOST`. @module */
import { join } from 'node:path'
import { AuditFile, auditKey, KEY_FILE } from '../index.ts'

const [directory = '', host = ''] = process.argv.slice(2)
const key = auditKey(join(directory, KEY_FILE))
const file = new AuditFile({ directory, writer: 'main', host, key, segmentBytes: 1_000 })
process.stdout.write('ready')
for (let count = 0; ; count++) {
  file.append({ kind: 'use', count })
  file.flush()
}
