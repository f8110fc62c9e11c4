/**
 * Names that exported functions had while they were called tools: a tool is an agent that another agent may call.
 *
 * @module
 */
import { callFunction, type FunctionOutcome } from './json-call.ts'
import type { FunctionDescription } from './json-functions.ts'

/**
 * The name that `callFunction` had.
 *
 * @deprecated Use `callFunction`.
 */
export const callTool: typeof callFunction = callFunction

/**
 * The name that `FunctionDescription` had.
 *
 * @deprecated Use `FunctionDescription`.
 */
export type ToolDescription = FunctionDescription

/**
 * The name that `FunctionOutcome` had.
 *
 * @deprecated Use `FunctionOutcome`.
 */
export type ToolOutcome = FunctionOutcome
