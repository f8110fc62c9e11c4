/** Key-value stores that several hosts share, on a server that speaks the protocol of Redis. @module */
export { redisKv, type RedisKv, type RedisKvOptions } from '../../drivers/redis-kv/index.ts'
