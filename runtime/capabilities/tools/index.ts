/** Other agents. @module */
export { tools } from './tools.ts'
