/**
 * `mayfly tail`: what a running host does, as it happens.
 *
 * It ends with the person who looks: by Ctrl-C, or when the pipe that it writes to is closed. When the host ends, it waits
 * for the next.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { isMayflyError, MayflyError, printableJson } from '../../../../runtime/errors/index.ts'
import type { TailLine } from '../../../control/index.ts'
import { followerOf, HOST_OPTIONS, HOST_USAGE, refusalOf } from '../../ask-host.ts'
import { errorText } from '../../print-error.ts'
import type { ParsedArguments, Verb } from '../../verb.ts'
import { lineText } from './line-text.ts'

const OK = 200
// A host that is started anew serves within a second or two.
const RETRY_MS = 1_000

export const verb: Verb = {
  name: 'tail',
  summary: 'Follow requests, logs and denied calls of a running host.',
  usage: `Usage: mayfly tail [options]

Prints requests with status, time and id, lines that agents log, invocations that fail, and calls that were
denied, with the line of agent.json that would allow them. When the host ends, waits for the next one.
Ctrl-C ends it.

  --agent NAME    Only of this agent. May be given more than once
  --level LEVEL   From this level on: debug, info, warn or error. Default: debug
  --denied        Only calls that were denied
  --json          Print each event as a JSON object
${HOST_USAGE}

The port where agents answer does not have it: it takes the socket or --control-port. The holder of a scoped
token sees the agents of that token. A host that does more than is read leaves events out, and says how many.

Example: mayfly tail --agent shop --level warn`,
  options: {
    agent: { type: 'string', multiple: true },
    level: { type: 'string' },
    denied: { type: 'boolean' },
    json: { type: 'boolean' },
    ...HOST_OPTIONS,
  },
  async run({ positionals, values }) {
    if (positionals.length > 0) {
      throw new MayflyError('ERR_USAGE', `Cannot tail "${positionals[0]}": it takes options only`, {
        hint: `mayfly tail --agent ${positionals[0]}`,
      })
    }
    const ending = new AbortController()
    process.once('SIGINT', () => ending.abort())
    // A pipe that is closed, as by head: no failure.
    process.stdout.once('error', () => ending.abort())
    return follow(values, ending.signal)
  },
}

async function follow(values: ParsedArguments['values'], signal: AbortSignal): Promise<number> {
  const open = followerOf(values)
  const path = `/-/tail?${queryOf(values)}`
  const print = values['json'] === true ? printJson : printText
  let isWaiting = false
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const answer = await open(path, signal)
      if (answer.statusCode !== OK) return await refused(answer)
      isWaiting = false
      await printLines(answer, print, signal)
    } catch (error) {
      if (signal.aborted) break
      // A host that was never there is a mistake; one that was there comes back.
      if (attempt === 0 || !isMayflyError(error)) throw error
    }
    if (signal.aborted) break
    if (!isWaiting) console.error('mayfly: The host has ended; waiting for it to come back')
    isWaiting = true
    await wait(RETRY_MS, undefined, { signal }).catch(() => {})
  }
  return 0
}

function queryOf({ agent, level, denied }: ParsedArguments['values']): URLSearchParams {
  const query = new URLSearchParams()
  for (const name of [agent ?? []].flat()) query.append('agent', String(name))
  if (level !== undefined) query.set('level', String(level))
  if (denied === true) query.set('denied', 'true')
  return query
}

/** Until the answer ends or breaks off. */
async function printLines(
  answer: IncomingMessage,
  print: (line: TailLine) => void,
  signal: AbortSignal,
): Promise<void> {
  // A host that is killed breaks the answer off, which is an end like any other.
  answer.on('error', () => {})
  for await (const line of createInterface({ input: answer })) {
    if (signal.aborted) return
    // Blank lines keep the connection. The cast: the control plane wrote it.
    if (line !== '') print(JSON.parse(line) as TailLine)
  }
}

function printText(line: TailLine): void {
  process.stdout.write(`${lineText(line)}\n`)
}

function printJson(line: TailLine): void {
  process.stdout.write(`${printableJson(JSON.stringify(line))}\n`)
}

async function refused(answer: IncomingMessage): Promise<number> {
  const text = Buffer.concat(await Array.fromAsync(answer)).toString()
  const refusal = refusalOf(text, 'tail')
  if (refusal === undefined) {
    throw new MayflyError('ERR_HOST_UNAVAILABLE', 'Cannot tail: the answer is of no Mayfly host', {
      hint: 'Give the address of mayfly serve --control-port as --url',
    })
  }
  console.error(errorText(refusal, 'mayfly: '))
  return 1
}
