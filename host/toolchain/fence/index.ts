/** The files of this machine that a build may read. @module */
export { rootOf } from './root.ts'
export { Fence, FENCE_HINT } from './fence.ts'
export { moduleProblems, OUTSIDE } from './module-problems.ts'
export { extendedBy } from './tsconfig.ts'
export { isInside, realPath } from './real-path.ts'
