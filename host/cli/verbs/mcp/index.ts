/** The verb `mayfly mcp`, for `main.ts`. @module */
export { verb } from './mcp.ts'
