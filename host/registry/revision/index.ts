/** Revisions of agents, for those who have no registry. @module */
export { revisionOf } from './revision.ts'
