/** The agent that handles a queue. @module */

import type { Agent } from '../../../runtime/agents/index.ts'

/** The used part of an agent. */
export type Consumer = Pick<Agent, 'name' | 'manifest' | 'call' | 'disabled'>
