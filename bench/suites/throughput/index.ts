/** Throughput and latency: in process by the number of requests under way, and over HTTP by connections. @module */
import type { Case } from '../suite.ts'
import { besideHono } from './beside-hono.ts'
import { concurrency } from './concurrency.ts'
import { connections } from './connections.ts'
import { functions } from './functions.ts'
import { manyAgents, manyServed } from './many-agents.ts'
import { operator } from './operator.ts'
import { relay } from './relay.ts'

export const throughput: readonly Case[] = [
  concurrency,
  manyAgents,
  connections,
  besideHono,
  relay,
  functions,
  operator,
  manyServed,
]
