/**
 * Names that exported functions had while they were called tools: a tool is an agent that another agent may call.
 *
 * @module
 */
import { callFunction } from './json-call.ts'
import type { FunctionDescription, FunctionOutcome } from './json-functions.ts'

/**
 * Is `callFunction`, under its former name.
 *
 * @deprecated Use `callFunction`.
 */
export const callTool: typeof callFunction = callFunction

/**
 * Is `FunctionDescription`, under its former name.
 *
 * @deprecated Use `FunctionDescription`.
 */
export type ToolDescription = FunctionDescription

/**
 * Is `FunctionOutcome`, under its former name.
 *
 * @deprecated Use `FunctionOutcome`.
 */
export type ToolOutcome = FunctionOutcome
