/**
 * The shape of an agent, in the types of the platform.
 *
 * @module
 */

import type { Env } from './env.ts'
import type { MessageBatch, ScheduledEvent } from './events.ts'
import type { Context } from './serve.ts'

/**
 * An agent: answers a request. A Hono app is one.
 *
 * @example
 * ```ts
 * import type { Agent } from 'mayfly/guest'
 *
 * export default {
 *   fetch: (request) => new Response(`You asked for ${request.url}`),
 * } satisfies Agent
 * ```
 */
export interface Agent {
  /** Answers a request. What it leaves in memory is gone with the answer. */
  fetch(request: Request, env: Env, context: Context): Response | Promise<Response>
  /** A run of a schedule: `schedule` of agent.json. It has ended when all promises given to `waitUntil` have settled. */
  scheduled?(event: ScheduledEvent, env: Env, context: Context): void | Promise<void>
  /** Takes messages of a queue of this agent: `consumes` of agent.json. */
  queue?(batch: MessageBatch, env: Env, context: Context): void | Promise<void>
}
