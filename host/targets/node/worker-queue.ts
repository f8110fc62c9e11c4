/** The queues of a worker: what keeps their messages, and the loops that hand these to agents. @module */

import { BroadcastChannel } from 'node:worker_threads'
import {
  memoryQueue,
  type QueueAddress,
  type QueueDriver,
} from '../../../runtime/capabilities/queue/index.ts'
import type { AuditSink } from '../../../runtime/audit/index.ts'
import { sqliteQueue } from '../../drivers/sqlite-queue/index.ts'
import { QueueDeliveries } from '../../triggers/queue/index.ts'
import type { Logger } from './logger.ts'

export interface WorkerQueueOptions {
  /** Absent for queues that are gone with the worker. */
  readonly directory: string | undefined
  readonly logger: Logger
  readonly audit: AuditSink | undefined
}

export interface WorkerQueue {
  readonly driver: QueueDriver
  readonly deliveries: QueueDeliveries
  /** Resolves when all that was under way is settled. */
  close(): Promise<void>
}

export function workerQueue({ directory, logger, audit }: WorkerQueueOptions): WorkerQueue {
  // To the other workers of this process. Other processes look once a second.
  const channel = directory === undefined ? undefined : new BroadcastChannel(`mayfly:${directory}`)
  channel?.unref()
  const onKept = (queues: readonly QueueAddress[]): void => {
    deliveries.wake(queues)
    channel?.postMessage(queues)
  }
  const driver =
    directory === undefined ? memoryQueue({ onKept }) : sqliteQueue({ directory, onKept })
  const deliveries: QueueDeliveries = new QueueDeliveries({
    driver,
    onDead(letter) {
      const { agent, queue, id, attempts, reason } = letter
      const hint = `mayfly queue retry ${agent}/${queue} ${id}`
      logger.error(
        { event: 'queue', agent, queue, id, attempts, hint },
        `Message given up: ${reason}`,
      )
      audit?.append({ kind: 'letter', agent, target: queue, outcome: 'dead', count: attempts })
    },
    onFault: ({ agent, queue }, error) =>
      logger.error({ event: 'queue', agent, queue, error: String(error) }, 'Queue cannot be read'),
  })
  // A worker sends nothing else there.
  if (channel !== undefined)
    channel.onmessage = ({ data }) => deliveries.wake(data as readonly QueueAddress[])
  return {
    driver,
    deliveries,
    async close() {
      channel?.close()
      await deliveries.close()
      await driver[Symbol.asyncDispose]()
    },
  }
}
