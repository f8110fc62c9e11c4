/** Isolation: the harm that a hostile agent can do to others, and the cost of preventing it. @module */
import type { Case } from '../suite.ts'
import { abortedWaits } from './aborted-waits.ts'
import { neighbour } from './neighbour.ts'
import { policyDecision } from './policy-decision.ts'
import { tenantProcess } from './tenant-process.ts'
import { turnCost } from './turn-cost.ts'

export const isolation: readonly Case[] = [
  neighbour,
  turnCost,
  tenantProcess,
  abortedWaits,
  policyDecision,
]
