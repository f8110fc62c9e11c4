/** Pages for the author of agents, while they are written. @module */
export {
  acceptsPages,
  BUILD_FAILED,
  CHANGES_PATH,
  DEV_HEADER,
  DevPages,
  type PageRequest,
} from './dev-pages.ts'
export type { BuildFailure, SourceLine } from './page.ts'
