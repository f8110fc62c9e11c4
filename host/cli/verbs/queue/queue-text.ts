/** Answers about queues, as a person at a terminal reads them. @module */

import { printable, printableLines } from '../../../../runtime/errors/index.ts'
import type {
  MessageList,
  MessageSummary,
  QueueChange,
  QueueList,
  QueueSummary,
} from '../../../control/index.ts'
import { tableOf } from '../../table.ts'

/** How each answer reads, by what was asked for. */
interface Answers {
  readonly ls: QueueList
  readonly peek: MessageList
  readonly retry: QueueChange
  readonly drop: QueueChange
}

export type QueueWord = keyof Answers

// A line of a terminal.
const PREVIEW_LENGTH = 60

const TEXTS: { readonly [Word in QueueWord]: (answer: Answers[Word], of: string) => string } = {
  ls: ({ queues }) =>
    queues.length === 0
      ? 'No queue has a message, and no agent handles one'
      : tableOf(
          ['QUEUE', 'WAITING', 'LEASED', 'DEAD', 'BYTES', 'OLDEST', 'HANDLED'],
          queues.map(queueRow),
        ),
  peek: ({ messages }, of) =>
    messages.length === 0
      ? `No such message is in ${of}`
      : tableOf(
          ['ID', 'FROM', 'SENT', 'STATE', 'AT', 'TRIES', 'REASON', 'BYTES', 'BODY'],
          messages.map(messageRow),
        ),
  retry: ({ changed }, of) => `Delivers ${counted(changed)} of ${of} again`,
  drop: ({ changed }, of) => `Dropped ${counted(changed)} of ${of}`,
}

/**
 * Agents write parts of it, so control characters are escaped.
 *
 * @param of - the queue that was asked for
 */
export function queueText<Word extends QueueWord>(word: Word, json: string, of: string): string {
  // The cast: the control plane wrote it, and its `contract.ts` says what.
  return printableLines(TEXTS[word](JSON.parse(json) as Answers[Word], of))
}

function queueRow(queue: QueueSummary): (string | number)[] {
  const { agent, queue: name, waiting, leased, dead, bytes, oldest = '', isConsumed } = queue
  return [`${agent}/${name}`, waiting, leased, dead, bytes, oldest, isConsumed ? 'yes' : 'no']
}

function messageRow(message: MessageSummary): (string | number)[] {
  const { id, sender, sentAt, state, at, attempts, reason = '', bytes, preview } = message
  return [id, sender, sentAt, state, at, attempts, oneLine(reason), bytes, oneLine(preview)]
}

function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ')).slice(0, PREVIEW_LENGTH)
}

function counted(count: number): string {
  return count === 1 ? '1 dead letter' : `${count} dead letters`
}
