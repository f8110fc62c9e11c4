/**
 * Exported functions as tools of MCP: their names, and a page of their list.
 *
 * Many clients hand a name on to a model that takes 64 letters, digits, `_` and `-` at most; MCP itself allows 128 and
 * dots. So a name is made for these models, and found again by a table, never by taking it apart.
 *
 * @module
 */

import type { Tool } from '@modelcontextprotocol/server'
import type { AgentFunctions } from '../../control/index.ts'
import type { FunctionDescription } from '../../../runtime/agents/index.ts'
import { sha256 } from '../../digest/index.ts'

/** One function of one agent. */
export interface McpTool {
  /** Unique in its list. */
  readonly name: string
  readonly agent: string
  readonly description: FunctionDescription
}

export interface Page {
  readonly tools: readonly McpTool[]
  /** Where the next one begins. Absent on the last. */
  readonly next?: string
}

// Of the models that most clients speak to.
const MAX_NAME_LENGTH = 64
const OTHER_CHARACTERS = /[^A-Za-z0-9_-]+/g
// Requests, schedules and the like have doors of their own.
const STANDARD = /^(?:mayfly:agent|wasi:[a-z-]+)\//
// Of SHA-256: an author cannot find a second name that leads to the same digits.
const SUFFIX_DIGITS = 16
// Schemas of a kilobyte each: a page stays below a tenth of a megabyte.
const PAGE_TOOLS = 100

/** All tools, by name in the order of their characters: the same for the same agents. */
export function toolsOf(agents: readonly AgentFunctions[]): readonly McpTool[] {
  const tools = agents.flatMap(({ agent, functions }) => {
    const own = functions.filter(({ name }) => !STANDARD.test(name))
    return own.map((description) => {
      const whole = `${agent}_${shortName(description.name, own)}`
      return { agent, description, whole, name: modelName(whole) }
    })
  })
  const counts = new Map<string, number>()
  for (const { name } of tools) counts.set(name, (counts.get(name) ?? 0) + 1)
  return tools
    .map(({ agent, description, whole, name }) => ({
      agent,
      description,
      // None of several is the right one: so an agent cannot take a name from another.
      name: counts.get(name) === 1 ? name : withDigits(whole),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * @param cursor - `next` of the page before, or nothing for the first. Tools may have come and gone since
 * @returns nothing for a cursor that no page has given
 */
export function pageOf(tools: readonly McpTool[], cursor: string | undefined): Page | undefined {
  const last = cursor === undefined ? '' : readCursor(cursor)
  if (last === undefined) return undefined
  const left = tools.filter(({ name }) => name > last)
  const page = left.slice(0, PAGE_TOOLS)
  const end = page.at(-1)?.name
  if (left.length <= PAGE_TOOLS || end === undefined) return { tools: page }
  return { tools: page, next: btoa(end) }
}

/** The tool as a list of MCP has it. */
export function listed({ name, agent, description }: McpTool): Tool {
  const { name: title, description: text, parameters, result } = description
  return {
    name,
    title: `${agent}: ${title}`,
    ...(text === undefined ? {} : { description: text }),
    // The casts: parameters are an object of their names, and MCP's types name a few words of a schema only.
    inputSchema: parameters as Tool['inputSchema'],
    ...(result && { outputSchema: result as NonNullable<Tool['outputSchema']> }),
  }
}

/** The last word where no other function ends with it, otherwise the whole name; as models write names of functions. */
function shortName(name: string, functions: readonly FunctionDescription[]): string {
  const last = lastWord(name)
  const isUnique = functions.filter((each) => lastWord(each.name) === last).length === 1
  return (isUnique ? last : name).replaceAll('-', '_')
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf('#') + 1)
}

function modelName(whole: string): string {
  const written = whole.replaceAll(OTHER_CHARACTERS, '_')
  return written.length <= MAX_NAME_LENGTH ? written : withDigits(whole)
}

function withDigits(whole: string): string {
  const suffix = `_${sha256(whole).slice(0, SUFFIX_DIGITS)}`
  const room = MAX_NAME_LENGTH - suffix.length
  return whole.replaceAll(OTHER_CHARACTERS, '_').slice(0, room) + suffix
}

function readCursor(cursor: string): string | undefined {
  try {
    return atob(cursor)
  } catch {
    return undefined
  }
}
