/**
 * What `import … from 'mayfly'` gives on Node: the runtime, and the drivers that need Node.
 *
 * @module
 */
export * from '../../../runtime/index.ts'
export { Runtime } from './runtime.ts'
export { AuditFile, auditKey, type AuditFileOptions } from '../../drivers/audit-file/index.ts'
export {
  guardedFetch,
  type GuardedFetchOptions,
  type OwnEndpoint,
} from '../../drivers/guarded-fetch/index.ts'
export { sqliteKv, type SqliteKvOptions } from '../../drivers/sqlite-kv/index.ts'
export { redisKv, type RedisKv, type RedisKvOptions } from '../../drivers/redis-kv/index.ts'
export {
  environmentSecrets,
  fileSecrets,
  firstOf as firstOfSecrets,
  type EnvironmentSecretsOptions,
  type FileSecretsOptions,
} from '../../drivers/secrets/index.ts'
