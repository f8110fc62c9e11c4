/**
 * The handler behind HTTP, where that is how its users meet it: our host, `jco serve`, and bare Hono as the
 * ceiling. Everyone is asked over one connection that is kept.
 *
 * `jco serve` takes a component of `wasi:http`; our host is given the very same component as well.
 *
 * @module
 */
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Agent, get, type IncomingMessage } from 'node:http'
import { fetchEventService } from '../suites/cold-start/subjects/toolchains.ts'
import { onQuickJs } from '../suites/agents/subjects/components.ts'
import type { AgentRequest } from './agent-message.ts'
import type { Answer, Contender, Opened } from './contender.ts'

const HOST = join(import.meta.dirname, 'http-host.ts')
const START_MS = 60_000

export const honoServed: Contender = {
  name: 'bare Hono, over HTTP',
  isolation: 'none',
  open: () => overHttp(() => startHost(['hono'])),
}

export const mayflyServed: Contender = {
  name: 'mayfly, over HTTP',
  isolation: 'a stamped slot',
  open: async (source) => withFile(await onQuickJs(source), servedByUs),
}

export const mayflyServesFetchEvent: Contender = {
  name: 'mayfly, component of jco serve',
  isolation: 'a stamped slot',
  open: async (source) => withFile(await fetchEventService(source), servedByUs),
}

export const jcoServe: Contender = {
  name: 'jco serve, instance',
  isolation: 'new instances',
  open: async (source) =>
    withFile(await fetchEventService(source), (file) =>
      overHttp(() => startJco([file, '--isolate-requests', 'instance'])),
    ),
}

export const jcoServeWorker: Contender = {
  name: 'jco serve, worker',
  isolation: 'a thread that waits with new instances',
  open: async (source) =>
    withFile(await fetchEventService(source), (file) =>
      // Its default of 50 threads that wait would take 5 GB.
      overHttp(() =>
        startJco([file, '--isolate-requests', 'worker', '--isolate-worker-pool-size', '4']),
      ),
    ),
}

interface Served {
  readonly url: string
  stop(): void
}

function servedByUs(file: string): Promise<Opened> {
  return overHttp(() => startHost(['component', file]))
}

async function withFile(
  component: Uint8Array,
  open: (file: string) => Promise<Opened>,
): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-'))
  const file = join(folder, 'component.wasm')
  await writeFile(file, component)
  const { answer, close } = await open(file)
  return {
    answer,
    async close() {
      await close?.()
      await rm(folder, { recursive: true })
    },
  }
}

async function overHttp(start: () => Promise<Served>): Promise<Opened> {
  const { url, stop } = await start()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    answer: (request) => ask(url, agent, request),
    close() {
      agent.destroy()
      stop()
    },
  }
}

function startHost(args: readonly string[]): Promise<Served> {
  const child = fork(HOST, args, {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Cannot serve: exit ${code}`)))
    child.once('message', (url) =>
      resolve({ url: String(url), stop: () => void child.disconnect() }),
    )
  })
}

async function startJco(args: readonly string[]): Promise<Served> {
  const entry = createRequire(import.meta.url).resolve('@bytecodealliance/jco')
  const program = join(dirname(entry), 'jco.js')
  const port = await freePort()
  const command = [program, 'serve', ...args, '--host', '127.0.0.1', '--port', String(port)]
  // jco starts the serving process. In a separate group it can be ended together with jco.
  const options = { stdio: 'pipe', detached: true } as const
  const child = spawn(process.execPath, ['--no-warnings', ...command], options)
  await listening(child)
  return { url: `http://127.0.0.1:${port}`, stop: () => endGroup(child) }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid)
  } catch {
    // It has ended by itself.
  }
}

/** jco says on standard error when it listens. */
function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const failed = (): void => {
      endGroup(child)
      reject(new Error(`Cannot start jco serve: ${said}`))
    }
    const timer = setTimeout(failed, START_MS)
    child.once('exit', failed)
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (!said.includes('Server listening')) return
      clearTimeout(timer)
      child.off('exit', failed)
      resolve()
    })
  })
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** Plain `node:http`: `fetch` would add a hundred microseconds in the client. */
function ask(url: string, agent: Agent, request: AgentRequest): Promise<Answer> {
  const target = `${url}/agent/${new URL(request.url).pathname.slice(1)}`
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage): void => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }))
      response.once('error', reject)
    }
    const sent = get(target, { agent }, onResponse)
    sent.once('error', (error) => {
      // The server closed the connection that was kept while others had their turn: a client opens another.
      if (sent.reusedSocket) resolve(ask(url, agent, request))
      else reject(error)
    })
  })
}
