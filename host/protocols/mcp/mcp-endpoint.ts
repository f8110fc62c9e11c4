/**
 * MCP over HTTP at `/-/mcp`: the functions under `/-/functions` as tools, for the same clients.
 *
 * The host keeps nothing between two requests of a client. The control plane decides who a client is before a byte of its
 * message is read: a page of a website is refused, whatever name it asks for.
 *
 * @module
 */

import { Hono } from 'hono'
import {
  addRoutes,
  isSeen,
  readBody,
  refuse,
  type Access,
  type CallableAgent,
  type ControlEnvironment,
  type ControlLog,
  type Exchange,
  type FindToken,
  type Routes,
} from '../../control/index.ts'
import type { McpHandler } from './mcp-handler.ts'
import { toolsOfAgents } from './tool-source.ts'

export interface McpEndpointOptions {
  /** Read for every request. */
  agents: () => readonly CallableAgent[]
  access: Access
  /** Of Mayfly. Called once. */
  version: () => string
  /**
   * Finds scoped tokens.
   *
   * @default there are none
   */
  findToken?: FindToken
  /**
   * Takes the log lines of holders of tokens.
   *
   * @default none is logged
   */
  log?: ControlLog
}

export interface McpEndpoint {
  fetch(request: Request): Response | Promise<Response>
  /** Tells clients that listen that agents came, went or changed. */
  changed(): void
  /** Ends the answers to clients that listen, when all calls under way have ended. */
  close(): Promise<void>
}

const PATH = '/-/mcp'
// A message is one call: its arguments, and 64 KiB for the rest of it.
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024 + 65_536
// A client that sends a call has its bytes at hand.
const BODY_MS = 10_000

export const MCP_ROUTES: Routes<State> = {
  [PATH]: {
    POST: { needs: 'call', of: 'agents', maxBodyBytes: 'of the agent', answer },
  },
}

/** Whether a request to `path` is for the endpoint. */
export function isMcpPath(path: string): boolean {
  return path === PATH
}

interface State {
  readonly handler: () => Promise<McpHandler>
  /** Calls under way. */
  readonly calls: Set<Promise<Response>>
}

export function createMcpEndpoint({
  agents,
  access,
  version,
  findToken,
  log,
}: McpEndpointOptions): McpEndpoint {
  let loading: Promise<McpHandler> | undefined
  const calls: State['calls'] = new Set()

  async function load(): Promise<McpHandler> {
    const { mcpHandler } = await import('./mcp-handler.ts')
    return mcpHandler({
      sourceFor: (principal) => toolsOfAgents(agents(), (agent) => isSeen(principal, agent)),
      version: version(),
      maxMessageBytes: MAX_MESSAGE_BYTES,
    })
  }

  const app = new Hono<ControlEnvironment>()
  addRoutes(app, {
    routes: MCP_ROUTES,
    state: { handler: () => (loading ??= load()), calls },
    access,
    findToken,
    // Of other clients the line of the request says all.
    log: log && ((line) => line.caller.startsWith('token:') && log(line)),
  })
  return {
    fetch: (request) => app.fetch(request),
    changed: () => void loading?.then((handler) => handler.changed()),
    async close() {
      const handler = await loading
      await Promise.allSettled(calls)
      await handler?.close()
    },
  }
}

async function answer(
  { context, principal }: Exchange,
  { handler, calls }: State,
): Promise<Response> {
  const { body, method, url, headers, signal } = context.req.raw
  const read =
    body === null
      ? { state: 'read' as const, bytes: new Uint8Array() }
      : await readBody(body, { maxBytes: MAX_MESSAGE_BYTES, timeoutMs: BODY_MS })
  switch (read.state) {
    case 'too large':
      return refuse(context, 413, 'message too large')
    case 'too slow':
      return refuse(context, 408, 'request not sent in time', { connection: 'close' })
    case 'read': {
      const message = parsed(read.bytes)
      // What is no JSON the SDK refuses in its own words. Otherwise the bytes need not be read a second time.
      const request =
        message === undefined
          ? new Request(url, { method, headers, signal, body: read.bytes })
          : context.req.raw
      const answering = (await handler()).answer(request, principal, message)
      // The field is the method of the message, or the SDK refuses it.
      if (headers.get('mcp-method') !== 'subscriptions/listen') {
        calls.add(answering)
        answering.finally(() => calls.delete(answering)).catch(() => {})
      }
      return answering
    }
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
