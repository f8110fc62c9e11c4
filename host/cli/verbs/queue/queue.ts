/** `mayfly queue`: looks at the queues of a running host, and at messages that were given up. @module */

import { MayflyError, printableJson } from '../../../../runtime/errors/index.ts'
import { askerOf, HOST_OPTIONS, HOST_USAGE, refusalOf, type Ask } from '../../ask-host.ts'
import { errorText } from '../../print-error.ts'
import type { ParsedArguments, Verb } from '../../verb.ts'
import { queueText, type QueueWord } from './queue-text.ts'

export const verb: Verb = {
  name: 'queue',
  summary: 'Look at the queues of a running host; deliver dead letters again, or drop them.',
  usage: `Usage: mayfly queue ls [options]
       mayfly queue peek AGENT/QUEUE [--state STATE] [--limit N] [options]
       mayfly queue retry AGENT/QUEUE ID... | --all [options]
       mayfly queue drop AGENT/QUEUE ID... | --all [options]

  ls     How many messages each queue has, and whether an agent handles them
  peek   Messages of a queue, the oldest first, without taking them
  retry  Delivers dead letters again, as if they were new
  drop   Removes dead letters, for good

  --state STATE  "dead" (given up), "waiting", or "leased": in the hands of an agent. Default: dead
  --limit N      How many messages, at most 100. Default: 10
  --all          All dead letters of the queue
  --json         Print the answer of the host as it is, with all its fields; a refusal too
${HOST_USAGE}

Example:
  mayfly queue peek mailer/orders
  mayfly queue retry mailer/orders --all`,
  options: {
    state: { type: 'string' },
    limit: { type: 'string' },
    all: { type: 'boolean' },
    json: { type: 'boolean' },
    ...HOST_OPTIONS,
  },
  async run({ positionals: [typed = '', target, ...ids], values }) {
    const word = wordOf(typed)
    const ask = askOf(word, target, ids, values)
    const { ok, text } = await askerOf(values)(ask)
    const refusal = refusalOf(text, target === undefined ? 'list queues' : `${word} "${target}"`)
    const isRaw = values['json'] === true
    if (refusal !== undefined && !isRaw) console.error(errorText(refusal, 'mayfly: '))
    else
      console[ok ? 'log' : 'error'](
        isRaw ? printableJson(text.trimEnd()) : queueText(word, text, target ?? ''),
      )
    return ok ? 0 : 1
  },
}

const WORDS: readonly QueueWord[] = ['ls', 'peek', 'retry', 'drop']

/** @throws {MayflyError} ERR_USAGE */
function wordOf(typed: string): QueueWord {
  const word = WORDS.find((known) => known === typed)
  if (word !== undefined) return word
  throw misused(
    `Cannot use queues: ${typed === '' ? 'an action is needed' : `no action "${typed}"`}`,
  )
}

/** @throws {MayflyError} ERR_USAGE */
function askOf(
  word: QueueWord,
  target: string | undefined,
  ids: readonly string[],
  { state, limit, all }: ParsedArguments['values'],
): Ask {
  if (word === 'ls') {
    if (target !== undefined) throw misused('Cannot list queues: all of them are listed')
    return { path: '/-/queues' }
  }
  const [agent = '', queue = '', ...more] = (target ?? '').split('/')
  if (agent === '' || queue === '' || more.length > 0)
    throw misused(`Cannot ${word}: AGENT/QUEUE is needed`)
  const path = `/-/agents/${encodeURIComponent(agent)}/queues/${encodeURIComponent(queue)}`
  if (word === 'peek') {
    if (ids.length > 0) throw misused('Cannot peek: AGENT/QUEUE is needed, and nothing more')
    const query = new URLSearchParams()
    if (typeof state === 'string') query.set('state', state)
    if (typeof limit === 'string') query.set('limit', limit)
    return { path: `${path}?${query}` }
  }
  if (ids.length > 0 === (all === true)) throw misused(`Cannot ${word}: ids or --all is needed`)
  const body = JSON.stringify(all === true ? {} : { ids })
  return { path: `${path}/${word}`, method: 'POST', body }
}

function misused(message: string): MayflyError {
  return new MayflyError('ERR_USAGE', message, {
    hint: 'mayfly queue ls, peek AGENT/QUEUE, retry AGENT/QUEUE ID... or --all, drop AGENT/QUEUE ID... or --all',
  })
}
