/** Capabilities: the figures their issue promises. @module */
import type { Case } from '../suite.ts'
import { auditRecord, auditThroughput } from './audit.ts'
import { control } from './control.ts'
import { httpPlain, httpWeb } from './http.ts'
import { kvMemory, kvSqlite } from './kv.ts'
import { policy } from './policy.ts'
import { toolCall } from './tool-call.ts'

export const capabilities: readonly Case[] = [
  kvMemory,
  kvSqlite,
  httpPlain,
  httpWeb,
  toolCall,
  auditRecord,
  auditThroughput,
  policy,
  control,
]
