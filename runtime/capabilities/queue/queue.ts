/**
 * Queues, each named in the manifest: messages for another agent, or for this one, later.
 *
 * A queue belongs to the agent that handles its messages, so no agent can take those of another. The manifest of the
 * sender bounds what it may have in the queue: no sender takes the room of others.
 *
 * @module
 */
import {
  GuestError,
  type Capability,
  type CapabilityEvent,
  type ConfiguredModule,
  type InvocationContext,
} from '../../host-module/index.ts'
import { countInMemory, leaseHint, useLease } from '../../policy/index.ts'
import type { NewMessage, QueueDriver, SendOutcome } from './driver.ts'
import { readQueueGrant, type QueueGrant } from './grant.ts'

// As in Workers: what is larger belongs in a store, and its key in the message.
const MAX_BODY_BYTES = 131_072
// Of a media type with parameters.
const MAX_CONTENT_TYPE_BYTES = 256
// As long as a key of kv.
const MAX_KEY_BYTES = 512
const MAX_DELAY_MS = 30 * 24 * 3_600_000

/** What a guest passes. */
type Send = (
  name: string,
  body: Uint8Array,
  contentType: string | undefined,
  delayMs: number | undefined,
  key: string | undefined,
) => unknown

export function queue(driver: QueueDriver): Capability {
  return {
    name: 'queue',
    interfaces: ['mayfly:agent/queue'],
    example: '"queue": { "orders": { "agent": "mailer" } }',
    suspends: ['mayfly:agent/queue#send'],
    configure({ agent, grant, countUse = countInMemory() }): ConfiguredModule {
      // The manifest's parser has checked the shape.
      let queues = readQueueGrant(agent, grant as QueueGrant | undefined)
      return {
        granted: queues.size > 0,
        prepare: (context) => {
          const send: Send = (name, body, contentType, delayMs, key) =>
            sendFrom(context, name, { body, contentType, delayMs: delayMs ?? 0, key })
          return { 'mayfly:agent/queue': { send } }
        },
        attenuate(narrowed) {
          queues = readQueueGrant(agent, narrowed as QueueGrant | undefined)
        },
        async [Symbol.asyncDispose]() {},
      }

      function sendFrom(
        context: InvocationContext,
        name: string,
        message: Pick<NewMessage, 'body' | 'contentType' | 'delayMs' | 'key'>,
      ): unknown {
        const granted = queues.get(name)
        const rule = `queue.${name}`
        if (granted === undefined)
          refuse(context, name, 'denied', `Add "${name}": {} to capabilities.queue`)
        check(message)
        const ended = useLease(rule, granted, countUse)
        if (ended !== undefined) refuse(context, name, 'denied', `${leaseHint(rule)} (${ended})`)
        if (!context.budget.take('queueMessages'))
          refuse(context, name, 'limited', 'Raise limits.queueMessages')
        context.work('key')
        context.work('byte', message.body.length)
        const { agent: owner, queue: own, maxMessages, maxBytes } = granted
        const address = { agent: owner, queue: own, sender: agent }
        const complete = (outcome: SendOutcome): string => {
          if (outcome.state === 'full')
            refuse(
              context,
              name,
              'limited',
              `Raise maxMessages or maxBytes of capabilities.${rule}`,
            )
          note(context, name, { outcome: 'allowed', rule })
          return outcome.id
        }
        const fail = (): never => {
          note(context, name, { outcome: 'failed', rule })
          throw new GuestError('unavailable')
        }
        let sent: ReturnType<QueueDriver['send']>
        try {
          sent = driver.send({ ...message, ...address }, { maxMessages, maxBytes })
        } catch {
          return fail()
        }
        return sent instanceof Promise ? sent.then(complete, fail) : complete(sent)
      }
    },
  }
}

/** Refuses NaN as well, which no comparison holds for. */
function check({
  body,
  contentType = '',
  delayMs,
  key,
}: Pick<NewMessage, 'body' | 'contentType' | 'delayMs' | 'key'>): void {
  const isFit =
    body.length <= MAX_BODY_BYTES &&
    bytesOf(contentType) <= MAX_CONTENT_TYPE_BYTES &&
    delayMs >= 0 &&
    delayMs <= MAX_DELAY_MS &&
    key !== '' &&
    bytesOf(key ?? '') <= MAX_KEY_BYTES
  if (!isFit) throw new GuestError('malformed')
}

const encoder = new TextEncoder()

function bytesOf(text: string): number {
  return encoder.encode(text).length
}

function refuse(
  context: InvocationContext,
  name: string,
  outcome: 'denied' | 'limited',
  hint: string,
): never {
  note(context, name, { outcome, hint: `${hint} in the agent.json of "${context.agent}"` })
  throw new GuestError(outcome)
}

function note(
  context: InvocationContext,
  name: string,
  event: Pick<CapabilityEvent, 'outcome' | 'rule' | 'hint'>,
): void {
  // The guest made up the name: enough of it to recognise it by.
  const target = name.slice(0, 64)
  context.record({ capability: 'queue', action: 'send', target, ...event })
}
