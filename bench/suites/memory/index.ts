/** Memory of an agent, of an idle slot and of a waiting invocation, and whether it grows. @module */
import type { Case } from '../suite.ts'
import { agents } from './agents.ts'
import { growth } from './growth.ts'
import { copiedSlots, slots } from './slots.ts'
import { waitingForFetch, waitingForTimer } from './waiting.ts'

export const memory: readonly Case[] = [
  agents,
  slots,
  copiedSlots,
  waitingForFetch,
  waitingForTimer,
  growth,
]
