/** Agents on workerd, and so on Cloudflare Workers. @module */
export {
  packedWorker,
  type PackedWorker,
  type PackedWorkerOptions,
  type WorkerContext,
} from './packed-worker.ts'
