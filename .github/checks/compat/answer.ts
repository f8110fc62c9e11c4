/** How the server of the programs answers. @module */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Asked {
  readonly method: string
  readonly path: URL
  readonly headers: IncomingMessage['headers']
  readonly body: string
}
export type Answer = (request: Asked, response: ServerResponse) => void | Promise<void>

// Long enough for each event to be a piece of its own.
const PAUSE_MS = 4

export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

/** Answers with events, each on its own. */
export async function events(response: ServerResponse, lines: readonly string[]): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const line of lines) {
    response.write(`${line}\n\n`)
    await sleep(PAUSE_MS)
  }
  response.end()
}
