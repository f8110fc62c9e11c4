/** `env.queue`: sends messages to the queues that the manifest grants. @module */

import { CapabilityError, guarded, parts, toBytes } from '../extra-host.ts'
import { queueHost } from '../host-queue.ts'
import type { SendOptions } from '../queues.ts'
import type { KvValue } from '../stored-value.ts'

parts.queue = { open: (queue) => ({ send: (body, options) => send(String(queue), body, options) }) }

async function send(
  queue: string,
  body: KvValue,
  { delayMs, key }: SendOptions = {},
): Promise<string> {
  const host = queueHost
  const action = `send to queue "${queue}"`
  if (host === undefined) {
    throw new CapabilityError('queue', 'unavailable', `Cannot ${action}: this engine has no queues`)
  }
  const bytes = toBytes(body)
  return guarded(
    'queue',
    action,
    () =>
      host.send(
        queue.toWellFormed(),
        bytes,
        contentTypeOf(body),
        delayMs === undefined ? null : Number(delayMs),
        key === undefined ? null : String(key).toWellFormed(),
      ),
    () => 'the message is too large, its key is empty or too long, or its delay out of range',
  )
}

function contentTypeOf(body: KvValue): string | null {
  if (typeof body === 'string') return 'text/plain'
  const isBytes = body instanceof ArrayBuffer || ArrayBuffer.isView(body)
  return isBytes ? null : 'application/json'
}
