/**
 * An MCP server for one client: lists the tools of its source, and calls them.
 *
 * The official SDK speaks the protocol, revision 2026-07-28 and those before it. A call that its client gives up stops its
 * guest. What a function returns as its error, and what a limit or a wrong argument ended, is a result with `isError`, so
 * that a model reads it and can do better.
 *
 * @module
 */

import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server'
import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server'
import { progressOf } from './progress.ts'
import { listed, pageOf, type McpTool } from './tool.ts'
import { ToolTables } from './tool-table.ts'
import type { ToolEnd, ToolSource } from './tool-source.ts'

export interface McpServerOptions {
  readonly source: ToolSource
  /** Of Mayfly, for the client to show. */
  readonly version: string
  /**
   * Whether the host tells the client when tools come or go.
   *
   * @default false
   */
  readonly tellsChanges?: boolean
  /**
   * Keeps the tools of all servers that have it.
   *
   * @default this server keeps its own
   */
  readonly tables?: ToolTables
}

// How long a client may keep a list for. One that listens hears of changes at once.
const LIST_TTL_MS = 60_000

const INSTRUCTIONS =
  'Each tool is an exported function of a sandboxed agent. Each call starts from the same state: nothing is left of the call before.'

export function mcpServer({
  source,
  version,
  tellsChanges = false,
  tables = new ToolTables(),
}: McpServerOptions): Server {
  const server = new Server(
    { name: 'mayfly', version },
    {
      capabilities: { tools: tellsChanges ? { listChanged: true } : {} },
      instructions: INSTRUCTIONS,
      cacheHints: { 'tools/list': { ttlMs: LIST_TTL_MS, cacheScope: 'private' } },
    },
  )
  server.setRequestHandler('tools/list', async ({ params }) => {
    const page = pageOf(tables.of(await source.agents()).tools, params?.cursor)
    if (page === undefined) throw invalid('Cannot list tools: the cursor is of no page')
    const { tools, next } = page
    return { tools: tools.map(listed), ...(next === undefined ? {} : { nextCursor: next }) }
  })
  server.setRequestHandler('tools/call', async ({ params }, context) => {
    const known = source.known && tables.of(source.known).find(params.name)
    const tool = known ?? tables.of(await source.agents()).find(params.name)
    if (tool === undefined) throw invalid(`Cannot call tool "${params.name}": not in the list`)
    using _ = progressOf(context)
    return server.projectCallToolResult(
      resultOf(await call(source, tool, params.arguments ?? {}, context), tool),
      tool.description.result,
    )
  })
  return server
}

function call(
  source: ToolSource,
  { agent, description }: McpTool,
  input: unknown,
  { mcpReq, http }: ServerContext,
): Promise<ToolEnd> {
  return source.call(agent, description.name, input, {
    id: http?.req?.headers.get('x-request-id') ?? crypto.randomUUID(),
    signal: mcpReq.signal,
    startedAt: performance.now(),
  })
}

function resultOf(end: ToolEnd, { description }: McpTool): CallToolResult {
  switch (end.state) {
    case 'returned': {
      const { result = null } = end
      return {
        content: [text(written(result))],
        ...(description.result && { structuredContent: result }),
      }
    }
    case 'failed':
      return { content: [text(written(end.error))], isError: true }
    case 'refused':
      return { content: [text(end.reason)], isError: true }
  }
}

/** JSON, but texts as they are: a model reads them. */
function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

function text(content: string): { type: 'text'; text: string } {
  return { type: 'text', text: content }
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message)
}
