/** What a build may read of this machine. @module */
export { rootOf } from './root.ts'
export { Fence, FENCE_HINT } from './fence.ts'
export { fenceModules, OUTSIDE } from './fence-modules.ts'
export { realPath } from './real-path.ts'
