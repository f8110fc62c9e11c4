/** Isolation: what a hostile agent can do to others, and what keeping it from that costs. @module */
import type { Case } from '../suite.ts'
import { abortedWaits } from './aborted-waits.ts'
import { neighbour } from './neighbour.ts'
import { turnCost } from './turn-cost.ts'

export const isolation: readonly Case[] = [neighbour, turnCost, abortedWaits]
