/** Cold start: what clean state costs, and everything before it. @module */
import type { Case } from '../suite.ts'
import { isolation, processes } from './isolation.ts'
import { phases } from './phases.ts'
import { idle, load, start } from './start.ts'

export const coldStart: readonly Case[] = [isolation, processes, phases, load, idle, start]
