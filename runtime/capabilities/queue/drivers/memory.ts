/** Queues that are gone with the process, for tests and embedders. @module */

import {
  KEY_MS,
  type KeptMessage,
  type LeasedMessage,
  type NewMessage,
  type QueueAddress,
  type QueueDriver,
} from '../driver.ts'

/** The clock of the queues. */
export interface MemoryQueueOptions {
  /**
   * Milliseconds since 1970. A test passes its own.
   *
   * @default Date.now
   */
  now?: () => number
  /**
   * Called when a message was kept, with the address of its queue.
   *
   * @default nothing
   */
  onKept?: (queues: readonly QueueAddress[]) => void
}

/** State is `leased` where there is a lease, also when its time is over. */
type Entry = { -readonly [Name in keyof Omit<KeptMessage, 'state'>]: KeptMessage[Name] } & {
  lease: string | undefined
  isDead: boolean
}

interface KnownKey {
  readonly id: string
  readonly until: number
}

class Queue {
  readonly entries = new Map<string, Entry>()
  /** By sender and key. */
  readonly keys = new Map<string, Map<string, KnownKey>>()
}

/** Queues in the memory of one thread. */
export function memoryQueue({
  now = Date.now,
  onKept = () => {},
}: MemoryQueueOptions = {}): QueueDriver {
  const queues = new Map<string, QueueAddress & { readonly of: Queue }>()

  return {
    name: 'memory',

    send(message, { maxMessages, maxBytes }) {
      const { entries, keys } = queueOf(message)
      const own = keysOf(keys, message)
      const known = message.key === undefined ? undefined : own.get(message.key)
      if (known !== undefined) return { state: 'kept', id: known.id }
      const sent = [...entries.values()].filter(({ sender }) => sender === message.sender)
      const bytes = sent.reduce((sum, { body }) => sum + body.length, message.body.length)
      const hasKey = message.key === undefined ? 0 : 1
      if (sent.length + own.size + 1 + hasKey > maxMessages || bytes > maxBytes) {
        return { state: 'full' }
      }
      const id = crypto.randomUUID()
      entries.set(id, entryOf(message, id, now()))
      if (message.key !== undefined) own.set(message.key, { id, until: now() + KEY_MS })
      onKept([{ agent: message.agent, queue: message.queue }])
      return { state: 'kept', id }
    },

    lease(from, { maxMessages, maxBytes, leaseMs }) {
      const ready = [...queueOf(from).entries.values()]
        .filter(({ isDead, at }) => !isDead && at <= now())
        .toSorted((one, other) => one.at - other.at)
      const leased: LeasedMessage[] = []
      let bytes = 0
      for (const entry of ready) {
        bytes += entry.body.length
        if (leased.length >= maxMessages || (leased.length > 0 && bytes > maxBytes)) break
        entry.lease = crypto.randomUUID()
        entry.attempts++
        entry.at = now() + leaseMs
        leased.push({ ...shown(entry), lease: entry.lease })
      }
      return leased
    },

    settle(from, settlements) {
      const { entries } = queueOf(from)
      for (const settlement of settlements) {
        const entry = entries.get(settlement.id)
        if (entry === undefined) continue
        if (settlement.state === 'done') {
          entries.delete(settlement.id)
          continue
        }
        if (entry.lease !== settlement.lease || entry.isDead) continue
        entry.lease = undefined
        if (settlement.reason === undefined) entry.attempts--
        else {
          entry.failures++
          entry.reason = settlement.reason
        }
        entry.isDead = settlement.state === 'dead'
        entry.at = now() + (settlement.state === 'again' ? settlement.delayMs : 0)
      }
    },

    nextAt(from) {
      const times = [...queueOf(from).entries.values()].flatMap(({ isDead, at }) =>
        isDead ? [] : [at],
      )
      return times.length === 0 ? undefined : Math.min(...times)
    },

    list() {
      return [...queues.values()]
        .filter(({ of }) => of.entries.size > 0)
        .map(({ agent, queue, of }) => {
          const all = [...of.entries.values()].map(shown)
          const count = (state: KeptMessage['state']): number =>
            all.filter((each) => each.state === state).length
          const alive = all.flatMap(({ state, sentAt }) => (state === 'dead' ? [] : [sentAt]))
          return {
            agent,
            queue,
            waiting: count('waiting'),
            leased: count('leased'),
            dead: count('dead'),
            bytes: all.reduce((sum, { body }) => sum + body.length, 0),
            oldest: alive.length === 0 ? undefined : Math.min(...alive),
          }
        })
        .toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
    },

    peek(from, state, limit) {
      const all = [...queueOf(from).entries.values()].map(shown)
      return all.filter((each) => each.state === state).slice(0, limit)
    },

    revive(from, ids) {
      const dead = deadOf(from, ids)
      for (const entry of dead) {
        Object.assign(entry, { isDead: false, attempts: 0, failures: 0, at: now() })
      }
      return dead.length
    },

    discard(from, ids) {
      const dead = deadOf(from, ids)
      for (const { id } of dead) queueOf(from).entries.delete(id)
      return dead.length
    },

    async [Symbol.asyncDispose]() {},
  }

  function queueOf({ agent, queue }: QueueAddress): Queue {
    const name = nameOf({ agent, queue })
    const known = queues.get(name)
    if (known !== undefined) return known.of
    const of = new Queue()
    queues.set(name, { agent, queue, of })
    return of
  }

  /** Those that are remembered. */
  function keysOf(keys: Queue['keys'], { sender }: NewMessage): Map<string, KnownKey> {
    const own = keys.get(sender) ?? new Map<string, KnownKey>()
    keys.set(sender, own)
    // In the order in which they were set.
    for (const [key, { until }] of own) {
      if (until > now()) break
      own.delete(key)
    }
    return own
  }

  function deadOf(from: QueueAddress, ids: readonly string[] | undefined): Entry[] {
    const all = [...queueOf(from).entries.values()].filter(({ isDead }) => isDead)
    return ids === undefined ? all : all.filter(({ id }) => ids.includes(id))
  }

  function shown({ lease, isDead, ...entry }: Entry): KeptMessage {
    const isLeased = lease !== undefined && entry.at > now()
    return { ...entry, state: isDead ? 'dead' : isLeased ? 'leased' : 'waiting' }
  }
}

function entryOf(message: NewMessage, id: string, now: number): Entry {
  const { sender, contentType, body, delayMs } = message
  return {
    id,
    sender,
    contentType,
    // Copied: the guest's buffer is a view of linear memory, which it will overwrite.
    body: body.slice(),
    sentAt: now,
    attempts: 0,
    failures: 0,
    at: now + delayMs,
    reason: undefined,
    lease: undefined,
    isDead: false,
  }
}

/** No name of an agent has a slash. */
function nameOf({ agent, queue }: QueueAddress): string {
  return `${agent}/${queue}`
}
