/**
 * Packed agents as a Worker of workerd or Cloudflare.
 *
 * @module
 */
export {
  packedWorker,
  type PackedWorker,
  type PackedWorkerOptions,
  type WorkerContext,
} from '../targets/workerd/index.ts'
