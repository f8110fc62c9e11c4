/** Key-value stores that several hosts share. @module */
export { redisKv, type RedisKv, type RedisKvOptions } from './redis-kv.ts'
