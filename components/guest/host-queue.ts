/**
 * The part of the door to the host that is about queues, for an engine whose world has none. Our own engine has another
 * version of this file.
 *
 * @module
 */

import type { Later } from './host.ts'

/** The interface `queue` of the host. */
export interface QueueHost {
  send(
    queue: string,
    body: Uint8Array,
    contentType: string | null,
    delayMs: number | null,
    key: string | null,
  ): Later<string>
}

export const queueHost: QueueHost | undefined = undefined
