/** What several folders do with bytes. @module */
export { BytePool, type BytePoolOptions } from './byte-pool.ts'
export { inOnePiece, joinBytes } from './join-bytes.ts'
