/** Agents that are built again when their inputs change. @module */
export { serveWatched } from './serve-watched.ts'
export { checkTools, findTools } from './tools-of-agents.ts'
