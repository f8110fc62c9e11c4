/** Processes that run guests, and the wall around them. @module */
export { startGroup, type GroupProcessOptions } from './group-process.ts'
export { GroupNames } from './group-names.ts'
export { groupSite, trialSite, type IsolationConfiguration } from './group-site.ts'
export type { GroupSettings } from './settings.ts'
export { standingWall, wallText, type Wall } from './wall.ts'
