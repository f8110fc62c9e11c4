/**
 * The SDK's handler of MCP over HTTP. It is loaded when the first message comes: the SDK is half a megabyte of code.
 *
 * @module
 */

import { createMcpHandler, type McpHttpHandler } from '@modelcontextprotocol/server'
import type { Principal } from '../../control/index.ts'
import { mcpServer } from './mcp-server.ts'
import { ToolTables } from './tool-table.ts'
import type { ToolSource } from './tool-source.ts'

export interface McpHandlerOptions {
  /** Of one client. */
  readonly sourceFor: (principal: Principal) => ToolSource
  readonly version: string
  readonly maxMessageBytes: number
}

/** An MCP server that is handed who its clients are. */
export interface McpHandler {
  /** @param message - the body of `request`, which is not read then; it is read by default */
  answer(request: Request, principal: Principal, message?: unknown): Promise<Response>
  changed(): void
  close(): Promise<void>
}

// Each holds a connection and nothing else.
const MAX_LISTENERS = 256

export function mcpHandler({ sourceFor, version, maxMessageBytes }: McpHandlerOptions): McpHandler {
  const tables = new ToolTables()
  const handler = createMcpHandler(
    ({ authInfo }) =>
      mcpServer({ source: sourceFor(principalIn(authInfo)), version, tellsChanges: true, tables }),
    { maxRequestBodySize: maxMessageBytes, maxSubscriptions: MAX_LISTENERS },
  )
  return {
    answer: (request, principal, message) =>
      handler.fetch(request, {
        authInfo: asAuthInfo(principal),
        ...(message === undefined ? {} : { parsedBody: message }),
      }),
    changed: () => handler.notify.toolsChanged(),
    close: () => handler.close(),
  }
}

type AuthInfo = NonNullable<NonNullable<Parameters<McpHttpHandler['fetch']>[1]>['authInfo']>

/** The SDK carries it to where the server of this request is made. No token is in it. */
function asAuthInfo(principal: Principal): AuthInfo {
  return { token: '', clientId: '', scopes: [], extra: { principal } }
}

function principalIn(authInfo: AuthInfo | undefined): Principal {
  // The cast: `asAuthInfo` has put it there.
  return authInfo?.extra?.['principal'] as Principal
}
