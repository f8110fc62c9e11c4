/**
 * Queues in one SQLite file that all threads and processes of the machine share.
 *
 * A message is on the disk when `send` resolves, also after a loss of power: messages that are sent in one turn of the event
 * loop are written together, which takes the disk one wait. Of leases and acknowledgements a loss of power may take back the
 * last ones; then messages are delivered again.
 *
 * Longer than other files: each statement of SQL stands beside the code that runs it.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  KEY_MS,
  type KeptMessage,
  type LeasedMessage,
  type LeaseOptions,
  type NewMessage,
  type QueueAddress,
  type QueueCounts,
  type QueueDriver,
  type QueueQuota,
  type SendOutcome,
  type Settlement,
} from '../../../runtime/capabilities/queue/index.ts'
import { openDatabase, writing } from '../../sqlite/index.ts'
import { SCHEMA, SCHEMA_VERSION } from './schema.ts'

/** Where the file is, and the clock of the queues. */
export interface SqliteQueueOptions {
  /** Where the file is. Made when it is not there, for this user only. */
  directory: string
  /**
   * Milliseconds since 1970. A test passes its own.
   *
   * @default Date.now
   */
  now?: () => number
  /**
   * Called when messages were kept, with the addresses of their queues.
   *
   * @default nothing
   */
  onKept?: (queues: readonly QueueAddress[]) => void
}

interface Sending {
  readonly message: NewMessage
  readonly quota: QueueQuota
  resolve(outcome: SendOutcome): void
  reject(error: unknown): void
}

/** In the data directory. */
export const QUEUE_FILE = 'queues.sqlite'

type Row = Record<string, SQLInputValue>

const COLUMNS = 'id, sender, sent, type, body, attempts, failures, reason, at, lease, dead' as const

/** Queues in a file of SQLite. Its methods throw a MayflyError, ERR_HOST_UNAVAILABLE, when the file cannot be opened. */
export function sqliteQueue(options: SqliteQueueOptions): QueueDriver {
  return new SqliteQueue(options)
}

class SqliteQueue implements QueueDriver {
  readonly name = 'sqlite'
  readonly #path: string
  #opened: DatabaseSync | undefined
  readonly #statements = new Map<string, StatementSync>()
  readonly #now: () => number
  readonly #onKept: NonNullable<SqliteQueueOptions['onKept']>
  #sending: Sending[] = []

  constructor({ directory, now = Date.now, onKept = () => {} }: SqliteQueueOptions) {
    this.#path = join(directory, QUEUE_FILE)
    this.#now = now
    this.#onKept = onKept
  }

  send(message: NewMessage, quota: QueueQuota): Promise<SendOutcome> {
    // Copied: the guest's buffer is a view of linear memory, which it will overwrite.
    const own = { ...message, body: message.body.slice() }
    return new Promise((resolve, reject) => {
      this.#sending.push({ message: own, quota, resolve, reject })
      if (this.#sending.length === 1) setImmediate(() => this.#flush())
    })
  }

  lease(
    { agent, queue }: QueueAddress,
    { maxMessages, maxBytes, leaseMs }: LeaseOptions,
  ): LeasedMessage[] {
    const next = this.nextAt({ agent, queue })
    // Without the lock of a writer: most of the time there is nothing.
    if (next === undefined || next > this.#now()) return []
    return this.#write(() => {
      const now = Math.floor(this.#now())
      const ready = this.#all(
        `SELECT seq, length(body) AS size FROM messages
         WHERE agent = ? AND queue = ? AND dead = 0 AND at <= ? ORDER BY at, seq LIMIT ?`,
        [agent, queue, now, maxMessages],
      )
      const lease = randomUUID()
      const leased: LeasedMessage[] = []
      let bytes = 0
      for (const { seq = 0, size } of ready) {
        bytes += Number(size)
        if (leased.length > 0 && bytes > maxBytes) break
        const [row] = this.#all(
          `UPDATE messages SET lease = ?, at = ?, attempts = attempts + 1 WHERE seq = ? RETURNING ${COLUMNS}`,
          [lease, now + leaseMs, seq],
        )
        if (row !== undefined) leased.push({ ...this.#toMessage(row), lease })
      }
      return leased
    })
  }

  settle({ agent, queue }: QueueAddress, settlements: readonly Settlement[]): void {
    const where = 'WHERE id = ? AND agent = ? AND queue = ?'
    this.#write(() => {
      const now = Math.floor(this.#now())
      for (const settlement of settlements) {
        const { id, lease } = settlement
        if (settlement.state === 'done') {
          this.#run(`DELETE FROM messages ${where}`, [id, agent, queue])
          continue
        }
        const reason = settlement.reason ?? null
        const delayMs = settlement.state === 'again' ? Math.ceil(settlement.delayMs) : 0
        this.#run(
          `UPDATE messages SET lease = NULL, at = ?, dead = ?, failures = failures + ?,
           attempts = attempts - ?, reason = coalesce(?, reason) ${where} AND lease = ? AND dead = 0`,
          [
            now + delayMs,
            settlement.state === 'dead' ? 1 : 0,
            reason === null ? 0 : 1,
            reason === null ? 1 : 0,
            reason,
            ...[id, agent, queue, lease],
          ],
        )
      }
    })
  }

  nextAt({ agent, queue }: QueueAddress): number | undefined {
    const [row] = this.#all(
      'SELECT at FROM messages WHERE agent = ? AND queue = ? AND dead = 0 ORDER BY at LIMIT 1',
      [agent, queue],
    )
    return row === undefined ? undefined : Number(row['at'])
  }

  list(): QueueCounts[] {
    const rows = this.#all(
      `SELECT agent, queue, sum(dead) AS dead, sum(length(body)) AS bytes,
         sum(dead = 0 AND lease IS NOT NULL AND at > ?1) AS leased,
         sum(dead = 0 AND (lease IS NULL OR at <= ?1)) AS waiting,
         min(CASE WHEN dead = 0 THEN sent END) AS oldest
       FROM messages GROUP BY agent, queue ORDER BY agent, queue`,
      [Math.floor(this.#now())],
    )
    return rows.map(({ agent, queue, oldest, ...counts }) => ({
      agent: String(agent),
      queue: String(queue),
      waiting: Number(counts['waiting']),
      leased: Number(counts['leased']),
      dead: Number(counts['dead']),
      bytes: Number(counts['bytes']),
      oldest: typeof oldest === 'number' ? oldest : undefined,
    }))
  }

  peek({ agent, queue }: QueueAddress, state: KeptMessage['state'], limit: number): KeptMessage[] {
    const now = Math.floor(this.#now())
    const [condition, ...values] = (
      {
        dead: ['dead = 1'],
        leased: ['dead = 0 AND lease IS NOT NULL AND at > ?', now],
        waiting: ['dead = 0 AND (lease IS NULL OR at <= ?)', now],
      } as const
    )[state]
    const rows = this.#all(
      `SELECT ${COLUMNS} FROM messages WHERE agent = ? AND queue = ? AND ${condition} ORDER BY seq LIMIT ?`,
      [agent, queue, ...values, limit],
    )
    return rows.map((row) => this.#toMessage(row))
  }

  revive(from: QueueAddress, ids: readonly string[] | undefined): number {
    return this.#changeDead(
      'UPDATE messages SET dead = 0, attempts = 0, failures = 0, at = ?',
      [Math.floor(this.#now())],
      from,
      ids,
    )
  }

  discard(from: QueueAddress, ids: readonly string[] | undefined): number {
    return this.#changeDead('DELETE FROM messages', [], from, ids)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#flush()
    if (this.#opened?.isOpen === true) this.#opened.close()
  }

  #changeDead(
    change: string,
    values: readonly SQLInputValue[],
    { agent, queue }: QueueAddress,
    ids: readonly string[] | undefined,
  ): number {
    return this.#write(() => {
      const statement = `${change} WHERE agent = ? AND queue = ? AND dead = 1`
      if (ids === undefined) return this.#run(statement, [...values, agent, queue])
      return ids.reduce(
        (sum, id) => sum + this.#run(`${statement} AND id = ?`, [...values, agent, queue, id]),
        0,
      )
    })
  }

  /** Writes what was sent since the last time, in one transaction that waits for the disk. */
  #flush(): void {
    const sending = this.#sending
    this.#sending = []
    if (sending.length === 0) return
    let outcomes: SendOutcome[]
    try {
      this.#database.exec('PRAGMA synchronous = FULL')
      outcomes = this.#write(() => sending.map(({ message, quota }) => this.#keep(message, quota)))
      this.#database.exec('PRAGMA synchronous = NORMAL')
    } catch (error) {
      for (const { reject } of sending) reject(error)
      return
    }
    for (const [at, { resolve }] of sending.entries()) {
      // As many as there are.
      resolve(outcomes[at] as SendOutcome)
    }
    this.#onKept(sending.map(({ message: { agent, queue } }) => ({ agent, queue })))
  }

  /** Inside a transaction. */
  #keep(message: NewMessage, { maxMessages, maxBytes }: QueueQuota): SendOutcome {
    const { agent, queue, sender, key, body, contentType, delayMs } = message
    const now = Math.floor(this.#now())
    const whose = [agent, queue, sender]
    if (key !== undefined) {
      this.#run('DELETE FROM keys WHERE until <= ?', [now])
      const [known] = this.#all(
        'SELECT id FROM keys WHERE agent = ? AND queue = ? AND sender = ? AND key = ?',
        [...whose, key],
      )
      if (known !== undefined) return { state: 'kept', id: String(known['id']) }
    }
    const [used] = this.#all(
      'SELECT messages, bytes FROM usage WHERE agent = ? AND queue = ? AND sender = ?',
      whose,
    )
    const messages = Number(used?.['messages'] ?? 0) + (key === undefined ? 1 : 2)
    const bytes = Number(used?.['bytes'] ?? 0) + body.length
    if (messages > maxMessages || bytes > maxBytes) return { state: 'full' }
    const id = randomUUID()
    this.#run(
      'INSERT INTO messages (agent, queue, sender, id, sent, type, body, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      [...whose, id, now, contentType ?? null, body, now + Math.ceil(delayMs)],
    )
    if (key !== undefined)
      this.#run('INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?)', [...whose, key, id, now + KEY_MS])
    return { state: 'kept', id }
  }

  #toMessage(row: Row): KeptMessage {
    const at = Number(row['at'])
    const isLeased = row['lease'] !== null && at > this.#now()
    return {
      id: String(row['id']),
      sender: String(row['sender']),
      sentAt: Number(row['sent']),
      contentType: textOf(row['type']),
      body: row['body'] instanceof Uint8Array ? row['body'] : new Uint8Array(0),
      attempts: Number(row['attempts']),
      failures: Number(row['failures']),
      state: row['dead'] === 1 ? 'dead' : isLeased ? 'leased' : 'waiting',
      at,
      reason: textOf(row['reason']),
    }
  }

  /** Opened when it is used first: most hosts have no queue. */
  get #database(): DatabaseSync {
    this.#opened ??= openDatabase({
      path: this.#path,
      noun: 'file of queues',
      version: SCHEMA_VERSION,
      migrate: (database) => database.exec(SCHEMA),
    })
    return this.#opened
  }

  #prepared(statement: string): StatementSync {
    const known = this.#statements.get(statement)
    if (known !== undefined) return known
    const made = this.#database.prepare(statement)
    this.#statements.set(statement, made)
    return made
  }

  #all(statement: string, values: readonly SQLInputValue[]): Row[] {
    return this.#prepared(statement).all(...values)
  }

  #run(statement: string, values: readonly SQLInputValue[]): number {
    return Number(this.#prepared(statement).run(...values).changes)
  }

  #write<Value>(work: () => Value): Value {
    return writing(this.#database, work)
  }
}

function textOf(value: SQLInputValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
