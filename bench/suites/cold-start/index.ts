/** Cold start: the cost of clean state, and of everything before it. @module */
import type { Case } from '../suite.ts'
import { first } from './first.ts'
import { isolation, processes, served } from './isolation.ts'
import { languages } from './languages.ts'
import { phases } from './phases.ts'
import { saved } from './saved.ts'
import { idle, load, start } from './start.ts'
import { verbs } from './verbs.ts'

export const coldStart: readonly Case[] = [
  isolation,
  processes,
  served,
  languages,
  phases,
  load,
  idle,
  start,
  first,
  saved,
  verbs,
]
