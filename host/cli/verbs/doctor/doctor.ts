/**
 * `mayfly doctor`: whether this machine can build and run agents.
 *
 * It looks and changes nothing: no directory is made, no mode is tightened, no port is kept.
 *
 * @module
 */

import { MayflyError, printable, printableJson } from '../../../../runtime/errors/index.ts'
import { askerOf } from '../../ask-host.ts'
import { DEFAULT_DATA_DIRECTORY } from '../../data-directory.ts'
import type { ParsedArguments, Verb } from '../../verb.ts'
import {
  dataFindings,
  platformFindings,
  portFinding,
  toolFindings,
  type Finding,
} from './findings.ts'

const DEFAULT_PORT = 8787
const MAX_PORT = 65_535

export const verb: Verb = {
  name: 'doctor',
  summary: 'Say whether this machine can build and run agents.',
  usage: `Usage: mayfly doctor [options]

Looks at Node, memory, optional compilers, the data directory, its host, its keys, and the port. Changes
nothing. Exits with 1 when something is missing that mayfly serve needs.

  --data DIR   Data directory of a host. Default: ${DEFAULT_DATA_DIRECTORY}
  --port PORT  Port that a host would take. Default: ${DEFAULT_PORT}
  --json       Print one JSON object

Example: mayfly doctor --data /var/lib/mayfly`,
  options: { data: { type: 'string' }, port: { type: 'string' }, json: { type: 'boolean' } },
  async run({ positionals, values }) {
    if (positionals.length > 0) {
      throw new MayflyError(
        'ERR_USAGE',
        `Cannot look at "${positionals[0]}": it takes options only`,
        {
          hint: `mayfly doctor --data ${positionals[0]}`,
        },
      )
    }
    const port = portOf(values['port'])
    const directory = typeof values['data'] === 'string' ? values['data'] : DEFAULT_DATA_DIRECTORY
    const host = await hostFinding(directory)
    const findings = [
      ...platformFindings(),
      ...dataFindings(directory),
      host,
      // The port of a host that runs is taken, as it should be.
      ...(host.state === 'ok' ? [] : [await portFinding(port)]),
      ...toolFindings(),
    ]
    if (values['json'] === true) console.log(printableJson(JSON.stringify({ findings })))
    else for (const finding of findings) console.log(lineOf(finding))
    return findings.some(({ state }) => state === 'missing') ? 1 : 0
  },
}

const MARKS: Readonly<Record<Finding['state'], string>> = {
  ok: 'ok      ',
  note: 'note    ',
  missing: 'missing ',
}

function lineOf({ state, name, text, hint }: Finding): string {
  const line = printable(`${MARKS[state]} ${name}: ${text}`)
  return hint === undefined ? line : `${line}\n  ${printable(hint)}`
}

/** @throws {MayflyError} ERR_USAGE */
function portOf(value: ParsedArguments['values'][string]): number {
  if (value === undefined) return DEFAULT_PORT
  const port = Number(value)
  if (/^\d+$/.test(String(value)) && port > 0 && port <= MAX_PORT) return port
  throw new MayflyError('ERR_USAGE', `Cannot look at port "${String(value)}": not a port`, {
    hint: `A number from 1 to ${MAX_PORT}`,
  })
}

async function hostFinding(directory: string): Promise<Finding> {
  const name = 'host'
  try {
    const { ok, text } = await askerOf({ data: directory })({ path: '/-/health' })
    if (ok) return { state: 'ok', name, text: 'a host of this data directory runs' }
    const hint = 'mayfly control health says more'
    return { state: 'note', name, text: `it runs, and is degraded: ${text}`, hint }
  } catch (error) {
    if (!(error instanceof MayflyError)) throw error
    return { state: 'note', name, text: 'none of this data directory runs' }
  }
}
