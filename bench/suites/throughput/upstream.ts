/**
 * A slow local upstream, in a separate process, for agents to wait for.
 *
 * @module
 */
import { fork, type ChildProcess } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import type { BuiltAgent } from '../../../host/toolchain/index.ts'
import { agentSubject } from '../agents/subjects/components.ts'

export const UPSTREAM_MS = 50
export const UPSTREAM_TEXT = 'late'
/** Between two events of one stream. */
export const EVENT_MS = 100
// Of one stream.
const EVENTS = 15

export class Upstream implements Disposable {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static start(): Promise<Upstream> {
    const child = fork(import.meta.filename, ['serve'], { execArgv: ['--no-warnings'] })
    return new Promise((resolve, reject) => {
      child.once('message', (port) => resolve(new Upstream(child, Number(port))))
      child.once('exit', (code) => reject(new Error(`Cannot start the upstream: exit ${code}`)))
    })
  }

  [Symbol.dispose](): void {
    this.#child.disconnect()
  }
}

/** An agent that asks the upstream on `port`. */
export async function upstreamAgent(
  port: number,
  name: 'upstream' | 'relay' = 'upstream',
): Promise<BuiltAgent> {
  const built = await agentSubject(name)
  const { capabilities } = built.manifest
  const http = (capabilities.http ?? []).map((rule) => ({ ...rule, port: [port] }))
  return { ...built, manifest: { ...built.manifest, capabilities: { ...capabilities, http } } }
}

if (process.argv[2] === 'serve' && process.argv[1] === import.meta.filename) {
  const server = createServer((request, response) => {
    if (request.url === '/events') return sendEvents(response)
    setTimeout(() => response.end(UPSTREAM_TEXT), UPSTREAM_MS)
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object') process.send?.(address?.port)
  })
  process.on('disconnect', () => process.exit())
}

/** Sends the time of the machine in nanoseconds again and again, which is the same clock in each process. */
function sendEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  let sent = 0
  const timer = setInterval(() => {
    response.write(`data: ${process.hrtime.bigint()}\n\n`)
    if (++sent === EVENTS) response.end()
  }, EVENT_MS)
  response.on('close', () => clearInterval(timer))
}
