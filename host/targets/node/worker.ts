/**
 * One worker thread of the data plane: its own runtime, its own HTTP server on the shared port.
 *
 * The kernel spreads connections over the workers. Requests to the control plane are passed to the main thread, which
 * knows all workers.
 *
 * @module
 */

import { Server as SecureServer } from 'node:https'
import { join } from 'node:path'
import { format } from 'node:util'
import { parentPort, workerData } from 'node:worker_threads'
import { SCHEDULED } from '../../../runtime/agents/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { tenantBoundOf, tenantOf } from '../../../runtime/host-policy/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import {
  createApp,
  DevPages,
  FailureDetails,
  RequestRates,
  type RequestLine,
} from '../../app/index.ts'
import {
  allowHosts,
  authenticate,
  callerOf,
  CallerTurns,
  createFunctions,
  heldBodyBytes,
  isFunctionsPath,
  MAX_OTHER_BYTES,
  readBody,
  type CallableAgent,
  type FoundToken,
} from '../../control/index.ts'
import { openAssets } from '../../drivers/asset-files/index.ts'
import { directoryFiles } from '../../drivers/directory-files/index.ts'
import { guardedFetch } from '../../drivers/guarded-fetch/index.ts'
import { redisKv } from '../../drivers/redis-kv/index.ts'
import { sqliteKv } from '../../drivers/sqlite-kv/index.ts'
import { createMcpEndpoint, isMcpPath } from '../../protocols/mcp/index.ts'
import { Deployment, type AgentsToServe } from '../../registry/index.ts'
import { SourceMaps } from '../../source-maps/index.ts'
import { readPackageVersion } from '../../version/index.ts'
import { answerControl } from './answer-control.ts'
import { takeCommands } from './command-channel.ts'
import { Compression } from './compression/index.ts'
import { encodeFault } from './encode-fault.ts'
import { createHttpServer } from './http-server.ts'
import { indexRule } from './index-rule.ts'
import { GroupNames, groupSite } from './isolation/index.ts'
import { listen } from './listen.ts'
import { openAudit } from './open-audit.ts'
import { groupSettings, loadingOptions } from './loading-options.ts'
import {
  agentLog,
  createLogger,
  failureText,
  levelOfRequest,
  logControl,
  logCrowd,
  logGroupEnd,
  logInvocation,
} from './logger.ts'
import type {
  ControlRequest,
  ControlResponse,
  ToMain,
  ToWorker,
  WorkerConfiguration,
} from './protocol.ts'
import { beat } from './pulse.ts'
import { TailFeed } from './tail-feed.ts'
import { TrustedProxies } from './trusted-proxies.ts'
import { warmUp } from './warm-up.ts'
import { workerQueue } from './worker-queue.ts'

// A person who ends a host waits, and does not notice a tenth of a second.
const SWEEP_MS = 50
// The largest deploy comes at 5 Mbit/s.
const CONTROL_BODY_MS = 120_000
const FAULT = 'Cannot run worker'
const turns = new CallerTurns()

if (parentPort === null) throw new TypeError('Cannot run the worker outside a worker thread')
const main = parentPort
// The main thread passes nothing else.
const configuration = workerData as WorkerConfiguration
const { dataDirectory, kvUrl, allowedHosts, policy } = configuration
const pulse = beat(configuration.pulse)
const logger = createLogger(configuration.logLevel)
const maps = new SourceMaps()
const tail = new TailFeed(configuration.tail, maps, (events, lost) =>
  send({ kind: 'tail', events, lost }),
)
const details = configuration.showFailures ? new FailureDetails() : undefined
const dev = configuration.showFailures ? new DevPages() : undefined

// Output of a library is not one line. Hono's server prints streams that broke off, and the log has those already, as
// the outcome of the invocation.
console.error = console.info = (...args: unknown[]) =>
  logger.debug({ event: 'console' }, format(...args))

const audit = configuration.audit && openAudit(configuration.audit, configuration.writer, logger)

const redis = kvUrl === undefined ? undefined : redisKv({ url: kvUrl })
const kv =
  redis ?? (dataDirectory === undefined ? undefined : sqliteKv({ directory: dataDirectory }))

const queue = workerQueue({ directory: dataDirectory, logger, audit })

const loading = loadingOptions(configuration)
const { isolation } = configuration
const groups =
  isolation &&
  new GroupNames({ ...isolation, tenantOf: (agent) => policy && tenantOf(policy, agent) })
const site =
  isolation &&
  groupSite(
    isolation,
    groupSettings(configuration, configuration.adaptive),
    (agent) => groups?.of(agent) ?? '',
    (end) => {
      logGroupEnd(logger, end)
      const { group: target, reason, calls: count } = end
      audit?.append({ kind: 'group', target, outcome: 'ended', reason, count })
    },
  )
const commands = takeCommands(configuration.commands, () => runtime)
const runtime: Runtime = new Runtime({
  ...loading,
  drivers: {
    ...loading.drivers,
    http: guardedFetch({
      ownEndpoints: configuration.ownEndpoints,
      maxSockets: configuration.maxUpstreamSockets,
      // So that one agent cannot crowd out others: of all, and at one origin.
      maxSocketsByOrigin: Math.ceil(configuration.maxUpstreamSockets / 2),
      maxSocketsByAgent: Math.ceil(configuration.maxUpstreamSockets / 4),
      onWait: (crowd) => logCrowd(logger, crowd),
    }),
    log: tail.log(agentLog(logger, maps)),
    ...(kv === undefined ? {} : { kv }),
    queue: queue.driver,
    ...(dataDirectory === undefined
      ? {}
      : { files: directoryFiles({ directory: join(dataDirectory, 'files') }) }),
  },
  onFault: (agent, error) =>
    logger.error({ event: 'fault', agent, error: String(error) }, 'Agent is served as before'),
  onInvocation(record) {
    logInvocation(logger, record, maps)
    tail.invocation(record)
    if (record.outcome.state === 'completed') return
    const { hint } = record.outcome.error
    const lines = [failureText(record, maps), ...(hint === undefined ? [] : [hint])]
    details?.note(record.id, lines.join('\n\n'))
  },
  audit,
  turns: (agent) => (configuration.adaptive.includes(agent) ? 'adaptive' : 'fair'),
  ...(policy === undefined ? {} : { tenants: (agent) => tenantBoundOf(policy, agent) }),
  poll: commands.poll,
  running: pulse.running,
  site,
})
const deployment = new Deployment(runtime, commands.repeat, maps, openAssets)
const controlCalls = new Map<number, (response: ControlResponse) => void>()
const tokenCalls = new Map<number, (found: FoundToken | undefined) => void>()
let lastCall = 0
const closing = new AbortController()

const agents = (): readonly CallableAgent[] => deployment.callable
const functions = createFunctions({
  agents,
  access: configuration.access,
  findToken,
  log: (line) => logControl(logger, line),
})
const ownFunctions = createFunctions({ agents, access: { state: 'local' } })
const functionCalls = new Map<number, AbortController>()
const mcp = createMcpEndpoint({
  agents,
  access: configuration.access,
  version: readPackageVersion,
  findToken,
  log: (line) => logControl(logger, line),
})
const app = createApp({
  table: () => deployment.table,
  control,
  ...(allowedHosts === undefined ? {} : { isHostAllowed: allowHosts(allowedHosts) }),
  ...(details === undefined ? {} : { takeDetail: details.take }),
  ...(dev === undefined ? {} : { dev }),
  isIndexShown: indexRule(configuration.index),
  encode: new Compression().encode,
  // A clock that all threads have.
  rates: new RequestRates({ cells: configuration.rates, now: monotonicMs }),
  log: logRequest,
})
const server = createHttpServer({
  fetch: app.fetch,
  reply: app.reply,
  limits: configuration.http,
  tls: configuration.tls,
  proxies: configuration.proxies && new TrustedProxies(configuration.proxies),
  log: logRequest,
})

main.on('message', (message: ToWorker) => void receive(message))

function monotonicMs(): number {
  const [seconds, nanos] = process.hrtime()
  return seconds * 1e3 + nanos / 1e6
}

function logRequest(line: RequestLine): void {
  logger[levelOfRequest(line)]({ event: 'request', ...line })
  tail.request(line)
}

async function start(message: AgentsToServe): Promise<void> {
  try {
    groups?.note(message.agents)
    const refused = await deployment.deployEach(message)
    queue.deliveries.serve(deployment.agents)
    await listen(server, configuration)
    send({
      kind: 'ready',
      refused: refused.map((refusal) => ({ ...refusal, error: encodeFault(refusal.error, FAULT) })),
    })
  } catch (error) {
    send({ kind: 'failed', error: encodeFault(error, FAULT) })
  }
}

async function receive(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'start':
      return start(message)
    case 'deploy':
      try {
        groups?.note(message.agents)
        await deployment.deploy(message)
        mcp.changed()
        queue.deliveries.serve(deployment.agents)
        send({ kind: 'deployed', call: message.call })
      } catch (error) {
        send({ kind: 'deployed', call: message.call, error: encodeFault(error, FAULT) })
      }
      return
    case 'run-schedule':
      return runSchedule(message)
    case 'warm-up': {
      const own = new Runtime({ ...loading, running: pulse.running })
      const requests = await warmUp(own, message, closing.signal)
      return logger.debug({ event: 'warm-up', requests }, 'Warmed up')
    }
    case 'builds':
      return dev?.show(message.failures, message.seen)
    case 'log-level':
      logger.level = message.level
      return
    case 'tls':
      return void (server instanceof SecureServer && server.setSecureContext(message.pair))
    case 'stats':
      send({ kind: 'stats', call: message.call, agents: deployment.counts() })
      return
    case 'control-response':
      controlCalls.get(message.call)?.(message.response)
      controlCalls.delete(message.call)
      return
    case 'token-found':
      tokenCalls.get(message.call)?.(message.found)
      tokenCalls.delete(message.call)
      return
    case 'functions':
      return answerFunctions(message.call, message.request)
    case 'functions-left':
      return functionCalls.get(message.call)?.abort()
    case 'close':
      await close()
  }
}

/** Of a client of the main thread, which this user alone can be. */
async function answerFunctions(call: number, request: ControlRequest): Promise<void> {
  const left = new AbortController()
  functionCalls.set(call, left)
  const response = await answerControl(ownFunctions.fetch, request, left.signal)
  functionCalls.delete(call)
  send({ kind: 'functions', call, response })
}

async function runSchedule({
  call,
  agent: name,
  cron,
  time: scheduledTime,
}: Extract<ToWorker, { kind: 'run-schedule' }>): Promise<void> {
  try {
    const agent = deployment.agents.find((each) => each.name === name)
    if (agent === undefined)
      throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot run "${name}": no such agent`)
    await agent.call(SCHEDULED, [{ cron, scheduledTime }], { caller: 'schedule' })
    send({ kind: 'schedule-ran', call })
  } catch (error) {
    send({ kind: 'schedule-ran', call, error: encodeFault(error, `Cannot run "${name}"`) })
  }
}

async function control(request: Request, id: string): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set('x-request-id', id)
  // Here is where agents are; of everything else the main thread knows.
  const { pathname } = new URL(request.url)
  if (isFunctionsPath(pathname)) return functions.fetch(withHeaders(request, headers))
  if (isMcpPath(pathname)) return mcp.fetch(withHeaders(request, headers))
  return askMain(request, headers)
}

function withHeaders({ method, url, body, signal }: Request, headers: Headers): Request {
  const init = { method, headers, signal, ...(body === null ? {} : { body, duplex: 'half' }) }
  return new Request(url, init as RequestInit)
}

async function askMain(request: Request, headers: Headers): Promise<Response> {
  if (request.body === null) return passOn(request, headers, 0)
  const principal = await authenticate(request, configuration.access, findToken)
  const maxBytes = heldBodyBytes(principal, new URL(request.url).pathname)
  const pass = (): Promise<Response> => passOn(request, headers, maxBytes)
  return maxBytes > MAX_OTHER_BYTES ? turns.take(callerOf(principal), pass) : pass()
}

async function passOn(request: Request, headers: Headers, maxBytes: number): Promise<Response> {
  let body: Uint8Array<ArrayBuffer> | undefined
  // A body that is not held is of a request that the main thread refuses by its head.
  if (request.body !== null && maxBytes > 0) {
    const read = await readBody(request.body, { maxBytes, timeoutMs: CONTROL_BODY_MS })
    if (read.state !== 'read') return notRead(read.state, headers)
    body = read.bytes
  }
  const call = ++lastCall
  const { method, url } = request
  const answer = new Promise<ControlResponse>((resolve) => controlCalls.set(call, resolve))
  send({ kind: 'control-request', call, request: { method, url, headers: [...headers], body } })
  const response = await answer
  return new Response(method === 'HEAD' ? null : response.body, {
    status: response.status,
    headers: response.headers,
  })
}

/** Asked each time: a token that was revoked holds no longer. */
function findToken(text: string): Promise<FoundToken | undefined> {
  const call = ++lastCall
  send({ kind: 'find-token', call, text })
  return new Promise((resolve) => tokenCalls.set(call, resolve))
}

function notRead(state: 'too large' | 'too slow', headers: Headers): Response {
  const requestId = headers.get('x-request-id')
  if (state === 'too large')
    return Response.json({ error: 'request body too large', requestId }, { status: 413 })
  // The host does not wait for the rest of the request.
  const init = { status: 408, headers: { connection: 'close' } }
  return Response.json({ error: 'request not sent in time', requestId }, init)
}

/** Answers all requests that have arrived, takes no new ones, then lets the thread end. */
async function close(): Promise<void> {
  closing.abort()
  dev?.close()
  // These answers have no end.
  void mcp.close()
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeWebSockets()
  const until = Math.max(0, ...runtime.agents.map(({ busyUntil }) => busyUntil))
  send({ kind: 'closing', leftMs: Math.max(0, until - performance.now()) })
  // A connection that a client keeps open after its answer would hold the host for as long as it may idle.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  await closed
  clearInterval(sweep)
  await queue.close()
  await deployment.close()
  await runtime.close()
  await redis?.[Symbol.asyncDispose]()
  pulse[Symbol.dispose]()
  audit?.close()
  configuration.commands.port.close()
  send({ kind: 'closed' })
  main.close()
}

function send(message: ToMain): void {
  main.postMessage(message)
}
