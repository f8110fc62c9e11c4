/** Memory: what an agent, an idle slot and a waiting invocation hold, and whether it stays that way. @module */
import type { Case } from '../suite.ts'
import { agents } from './agents.ts'
import { growth } from './growth.ts'
import { copiedSlots, slots } from './slots.ts'

export const memory: readonly Case[] = [agents, slots, copiedSlots, growth]
