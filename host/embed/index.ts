/** Data and control plane of a runtime, for the Hono app of a program. @module */
export { controlPlane } from './control-plane.ts'
export { dataPlane, type DataPlaneOptions } from './data-plane.ts'
