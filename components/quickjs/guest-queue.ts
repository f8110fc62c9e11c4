/** Queues of the host, for this engine: it replaces the `host-queue.ts` of `components/guest`. @module */

import * as queue from 'mayfly:agent/queue@0.2.0'
import type { QueueHost } from '../guest/host-queue.ts'

export const queueHost: QueueHost | undefined = queue
