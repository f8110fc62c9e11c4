/**
 * A Mayfly host on Node: worker threads that serve, and this thread, which watches over them.
 *
 * This thread runs no guest code and reads no component: agents are loaded on separate threads. So no guest can keep it
 * from answering the control plane and from replacing a worker that hangs.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { sharedRateCells } from '../../app/index.ts'
import { createControl, isFunctionsPath, isLoopbackAddress, TailHub } from '../../control/index.ts'
import { hostPage } from '../../dashboard/index.ts'
import { controlSocket } from '../../data-directory/index.ts'
import { answerControl, asControlRequest } from './answer-control.ts'
import { controlAccess } from './control-access.ts'
import { openControlPort, type ControlPort } from './control-port.ts'
import { listenOnSocket, type ControlSocket } from './control-socket.ts'
import { KEEP_USES_MS, Registry, type RefusedAgent } from '../../registry/index.ts'
import { packMap } from '../../source-maps/index.ts'
import { HostAudit } from './host-audit.ts'
import { openAssetKeeper, openHistory, openLedger, openTokens, openVersions } from './host-files.ts'
import { HTTP_LIMITS } from './http-server.ts'
import { hostTriggers } from './host-triggers.ts'
import { hostState } from './host-state.ts'
import { Loading } from './loading.ts'
import { createLogger } from './logger.ts'
import { kvEndpoint } from './kv-endpoint.ts'
import { standingWall, wallText } from './isolation/index.ts'
import { checkDirectory, checkPlatform, checkPort } from './preflight.ts'
import { followSecrets } from './secret-changes.ts'
import type { MayflyServer, ServerOptions } from './server-interface.ts'
import { setFollowers, setSampled, tailCell } from './tail-feed.ts'
import { readPackageVersion } from '../../version/index.ts'
import { followTls, readTls } from './tls-files.ts'
import { TrustedProxies } from './trusted-proxies.ts'
import { warmingUp } from './warm-up.ts'
import { WorkerGroup } from './worker-group.ts'

// https://nodejs.org/api/net.html#serverlistenoptions-callback, reusePort
const SHARED_PORT_PLATFORMS: ReadonlySet<string> = new Set(['linux', 'freebsd', 'sunos', 'aix'])

/** What `startServer` does. */
export async function serve({
  agents,
  host = '127.0.0.1',
  port = 8787,
  tls: tlsFiles,
  allowedHosts = [],
  index = 'local',
  trustedProxies = [],
  proxyField = 'x-forwarded-for',
  workers: wantedWorkers,
  http,
  maxUpstreamSockets = 512,
  adaptive = [],
  dataDirectory,
  kvUrl,
  variables,
  controlPort,
  controlHost = '127.0.0.1',
  controlToken,
  logLevel = 'info',
  audit = 'on',
  auditKey,
  auditSegmentBytes: segmentBytes,
  auditMaxBytes: maxBytes,
  allowNewCapabilities = false,
  showFailures = false,
  signal,
  features = [],
  isolate = 'none',
  policy,
  warmUp,
}: ServerOptions): Promise<MayflyServer> {
  checkPlatform()
  const tls = tlsFiles && readTls(tlsFiles)
  const proxies = trustedProxies.length > 0 && { networks: trustedProxies, field: proxyField }
  // Here, so that the start fails and not each worker.
  if (proxies) new TrustedProxies(proxies)
  const tightened = dataDirectory === undefined ? [] : checkDirectory(dataDirectory)
  const { port: bound, address } = await checkPort(host, port)
  const wall = isolate === 'none' ? undefined : await standingWall()
  const workers = wantedWorkers ?? (wall === undefined ? availableParallelism() : 1)
  const assets = openAssetKeeper(dataDirectory)
  const versions = openVersions(dataDirectory, assets.keeper)
  const history = openHistory(dataDirectory, assets.keeper)
  const ledger = openLedger(dataDirectory)
  const wanted = versions.merge(agents)
  history.sweep()
  assets.keeper.sweep(wanted, history.assets())
  const reusePort = SHARED_PORT_PLATFORMS.has(process.platform)
  const logger = createLogger(logLevel)
  for (const path of tightened) {
    logger.warn({ event: 'data', path }, `Closed to other users of this machine: ${path}`)
  }
  const trail =
    dataDirectory === undefined || audit === 'off'
      ? undefined
      : await HostAudit.open(dataDirectory, {
          required: audit === 'required',
          auditKey,
          segmentBytes,
          maxBytes,
          logger,
        })
  const shared = {
    logLevel,
    features: policy?.features ?? features,
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
    ...(kvUrl === undefined ? {} : { kvUrl }),
    ...(variables === undefined ? {} : { variables }),
    ...(policy === undefined ? {} : { policy }),
    ...(wall && { isolation: { wall, local: agents.map(({ manifest }) => manifest.name) } }),
  }
  const tokens = openTokens(dataDirectory, trail?.main)
  const loading = new Loading(shared)
  const registry = new Registry({
    packMap,
    ledger,
    versions,
    history,
    assets: assets.keeper,
    loader: loading,
    policy,
    audit: trail?.main,
    allowNewCapabilities,
    log: logger,
  })
  registry.remember(agents.filter((agent) => !wanted.includes(agent)))
  const keepingUses = setInterval(() => registry.keepUses(), KEEP_USES_MS).unref()
  const triggers = hostTriggers({
    directory: dataDirectory,
    agents: () => group.agents,
    run: (key, time) => group.runSchedule(key, time),
    logger,
    audit: trail?.main,
  })
  const state = hostState({ group: () => group, registry, trail, tokens, logger, triggers })
  const access = controlAccess(host, controlToken)
  const control = createControl(state, { access })
  const followed = tailCell()
  const tail = new TailHub((listeners) => setFollowers(followed, listeners))
  const url = urlOf(tls === undefined ? 'http' : 'https', host, bound)
  const page =
    controlPort === undefined
      ? undefined
      : hostPage({
          url: () => plane?.url ?? '',
          host: () => state,
          agentsUrl: url,
          version: readPackageVersion(),
        })
  if (page !== undefined) setSampled(followed)
  const planeState = { ...state, tail, ...(page && { page }) }
  const ending = new DisposableStack()
  const plane = await openPlane()
  const ownEndpoints = [
    { name: 'data plane', host, port: bound },
    ...(kvUrl === undefined ? [] : [kvEndpoint(kvUrl)]),
    ...(plane === undefined
      ? []
      : [{ name: 'control plane', host: controlHost, port: plane.port }]),
  ]
  // Its threads start while the agents are loaded.
  const group: WorkerGroup = new WorkerGroup({
    size: reusePort ? workers : 1,
    configuration: {
      ...shared,
      host,
      port: bound,
      reusePort,
      adaptive,
      maxUpstreamSockets,
      access,
      ownEndpoints,
      tail: followed,
      rates: sharedRateCells(),
      index,
      ...(tls && { tls }),
      ...(proxies && { proxies }),
      ...(isLoopbackAddress(address) ? { allowedHosts } : {}),
      ...(showFailures && isLoopbackAddress(address) ? { showFailures } : {}),
      http: { ...HTTP_LIMITS, ...http },
      ...(trail === undefined ? {} : { audit: trail.settings }),
    },
    onReady: (writer) => trail?.follow(writer),
    onDeployed: () => void warmUpOnce?.(),
    onAgents: () => triggers.serve(),
    control: (request) => answerControl(control.fetch, request),
    findToken: (text) => tokens.find(text),
    onTail(events, lost) {
      tail.publish(events, lost)
      page?.publish(events, lost)
    },
    logger,
  })
  registry.bus = group
  const secrets =
    dataDirectory === undefined
      ? undefined
      : followSecrets({ dataDirectory, registry, agents: () => group.agents, logger })
  ending.use(tlsFiles && followTls(tlsFiles, (pair) => group.tell({ kind: 'tls', pair }), logger))
  const warmUpOnce =
    warmUp && wall === undefined
      ? warmingUp(group, (agent) => loading.prepare(agent), warmUp, logger)
      : undefined
  const { refused, socket } = await start()
  secrets?.begin()
  void warmUpOnce?.()
  triggers.serve()
  return {
    get agents() {
      return group.agents.map(
        ({ manifest, component, revision, assets, sourceMap, deployedBy }) => ({
          manifest,
          component,
          revision,
          ...(assets === undefined ? {} : { assets }),
          ...(sourceMap === undefined ? {} : { sourceMap }),
          ...(deployedBy === undefined ? {} : { deployedBy }),
        }),
      )
    },
    refused,
    url,
    controlUrl: plane?.url,
    pageLink: () => page?.link(),
    wall: wall && wallText(wall),
    deploy: (next) => registry.deploy(next),
    showBuilds: (failures) => group.tell({ kind: 'builds', failures, seen: crypto.randomUUID() }),
    setLogLevel(level) {
      logger.level = level
      group.tell({ kind: 'log-level', level })
    },
    async close({ withinMs } = {}) {
      // These answers have no end.
      tail.close()
      page?.close()
      secrets?.[Symbol.dispose]()
      // First: a deploy under way is answered that way.
      await loading.close()
      await Promise.all([socket?.close(), plane?.close(), triggers.close(), group.close(withinMs)])
      endKeeping()
    },
  }

  /** Nothing is served any more. */
  function endKeeping(): void {
    clearInterval(keepingUses)
    ending.dispose()
    registry.keepUses()
    trail?.close()
    assets.close()
  }

  async function start(): Promise<Started> {
    const abandon = (): void => void Promise.all([loading.close(), group.terminate()])
    signal?.addEventListener('abort', abandon)
    try {
      const { hosted, indices, refused: unapproved } = await registry.admit(wanted)
      const left = await group.start(hosted)
      registry.keepServed()
      const ofWanted = left.map((each) => ({ ...each, index: indices[each.index] ?? each.index }))
      return {
        refused: [...unapproved, ...ofWanted].sort((a, b) => a.index - b.index),
        socket: await openSocket(),
      }
    } catch (error) {
      await Promise.all([plane?.close(), loading.close(), group.terminate()])
      endKeeping()
      throw error
    } finally {
      signal?.removeEventListener('abort', abandon)
    }
  }

  async function openPlane(): Promise<ControlPort | undefined> {
    if (controlPort === undefined) return undefined
    const port = controlPort === 'next' ? { after: bound } : controlPort
    const options = { host: controlHost, port, token: controlToken, allowedHosts }
    try {
      return await openControlPort(options, planeState)
    } catch (error) {
      await loading.close()
      endKeeping()
      throw error
    }
  }

  /** Agents are in the workers. */
  async function askFunctions(request: Request): Promise<Response> {
    const answer = await group.functions(await asControlRequest(request), request.signal)
    if (answer === undefined)
      return Response.json({ error: 'no worker answers', requestId: '' }, { status: 503 })
    const { status, headers, body } = answer
    return new Response(body, { status, headers })
  }

  async function openSocket(): Promise<ControlSocket | undefined> {
    const path = dataDirectory === undefined ? undefined : controlSocket(dataDirectory)
    if (path === undefined) return undefined
    const ownControl = createControl(planeState, { access: { state: 'local' } })
    return listenOnSocket(path, (request) =>
      isFunctionsPath(new URL(request.url).pathname)
        ? askFunctions(request)
        : ownControl.fetch(request),
    )
  }
}

function urlOf(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The parts of a started host. */
interface Started {
  readonly refused: readonly RefusedAgent[]
  readonly socket: ControlSocket | undefined
}
