/**
 * Packed agents as a Worker of workerd or Cloudflare.
 *
 * @module
 */
export { webFetch } from '../drivers/web-fetch/index.ts'
export {
  packedWorker,
  type PackedWorker,
  type PackedWorkerOptions,
  type WorkerContext,
} from '../targets/workerd/index.ts'
