/**
 * The data plane and the control plane of a runtime, to mount in a program's own Hono app.
 *
 * @module
 *
 * @example
 * ```ts
 * import { Hono } from 'hono'
 * import { Runtime } from 'mayfly'
 * import { controlPlane, dataPlane } from 'mayfly/hono'
 *
 * const token = crypto.randomUUID()
 * const runtime = new Runtime()
 * const app = new Hono()
 *   .get('/', (context) => context.text('my own page'))
 *   .route('/', controlPlane(runtime, { access: { state: 'token', token } }))
 *   .route('/', dataPlane(runtime))
 * ```
 */
export type { RequestLine } from '../app/index.ts'
export type { Access, ControlOptions } from '../control/index.ts'
export { controlPlane, dataPlane, type DataPlaneOptions } from '../embed/index.ts'
