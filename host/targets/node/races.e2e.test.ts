/** Commands, deploys and answers that cross: real workers, each step begun by the one before. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sharedRateCells } from '../../app/index.ts'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import {
  AgentLedger,
  memoryState,
  Registry,
  revisionOf,
  VersionStore,
  type AgentBundle,
  type HostedAgent,
} from '../../registry/index.ts'
import { HTTP_LIMITS } from './http-server.ts'
import { Loading } from './loading.ts'
import { createLogger } from './logger.ts'
import { checkPort } from './preflight.ts'
import { component, run } from './testing/components.ts'
import { tailCell } from './tail-feed.ts'
import { WorkerGroup } from './worker-group.ts'
import { WorkerHandle } from './worker-handle.ts'

const SHARED = { logLevel: 'silent', features: [] } as const
const NO_PRESS_MS = 60_000
const SOON = { timeout: 10_000, interval: 5 }

let port: number
let loading: Loading
let ledger: AgentLedger
let registry: Registry

beforeEach(async () => {
  port = (await checkPort('127.0.0.1', 0)).port
  loading = new Loading(SHARED)
  ledger = new AgentLedger(memoryState())
  registry = new Registry({
    ledger,
    versions: new VersionStore(undefined),
    loader: loading,
    audit: undefined,
    allowNewCapabilities: true,
    log: createLogger('silent'),
  })
})

afterEach(() => loading.close())

function configuration() {
  return {
    ...SHARED,
    host: '127.0.0.1',
    port,
    reusePort: false,
    adaptive: [],
    maxUpstreamSockets: 512,
    access: { state: 'open' },
    ownEndpoints: [],
    tail: tailCell(),
    rates: sharedRateCells(),
    index: 'local',
    http: HTTP_LIMITS,
  } as const
}

const NOTES = { notes: { access: 'write' } }
const SEEN = { seen: { access: 'write' } }

async function version(
  name: string,
  n: number,
  kv: object = { ...NOTES, ...SEEN },
): Promise<AgentBundle> {
  const bytes = new Uint8Array(await component({ run: `(i32.const ${n})` }))
  const manifest = manifestFromObject({ name, component: 'agent.wasm', capabilities: { kv } })
  return { manifest, component: bytes, revision: revisionOf(manifest, bytes) }
}

async function hosted(...bundles: AgentBundle[]): Promise<readonly HostedAgent[]> {
  const admitted = await registry.admit(bundles)
  expect(admitted.refused).toEqual([])
  return admitted.hosted
}

describe('WorkerHandle.deploy()', () => {
  let worker: WorkerHandle

  beforeEach(() => {
    worker = new WorkerHandle({
      configuration: { ...configuration(), writer: 'worker-1' },
      control: async () => ({ status: 404, headers: [], body: new Uint8Array() }),
      findToken: () => undefined,
      onTail: () => {},
      onExit: () => {},
    })
  })

  afterEach(() => worker.terminate())

  /** Two agents, of which the worker serves the first. */
  async function serving(): Promise<[HostedAgent, HostedAgent]> {
    const [a, b] = await hosted(await version('a', 1), await version('b', 2))
    if (a === undefined || b === undefined) return expect.unreachable()
    worker.start([a])
    await worker.ready
    return [a, b]
  }

  function deploy(...agents: HostedAgent[]): Promise<void> {
    return worker.deploy(agents, NO_PRESS_MS, (error) => expect.unreachable(String(error)))
  }

  it('sends what a deploy on its way may have taken from the worker', async () => {
    const [a, b] = await serving()
    const first = deploy(a, b)
    const second = deploy(b)
    await first
    // The second is carried out before this one, whether its answer has come or not.
    await deploy(a)
    await second
    expect((await worker.counts(NO_PRESS_MS)).map(({ name }) => name)).toEqual(['a'])
  })

  it('leaves what was asked for last, though the one before takes longer to load', async () => {
    const [a, b] = await serving()
    await Promise.all([deploy(a, b), deploy(a)])
    expect((await worker.counts(NO_PRESS_MS)).map(({ name }) => name)).toEqual(['a'])
  })

  it('sends again what the worker has refused at its start', async () => {
    const [a] = await hosted(await version('a', 1))
    if (a === undefined) return expect.unreachable()
    const twin = { ...a, manifest: { ...a.manifest, name: 'twin' }, revision: 'twin' }
    worker.start([a, twin])
    expect((await worker.ready).map(({ name }) => name)).toEqual(['twin'])
    await deploy(twin)
    expect((await worker.counts(NO_PRESS_MS)).map(({ name }) => name)).toEqual(['twin'])
  })

  it('does not undo a command that was sent after it', async () => {
    const [a, b] = await serving()
    const deployed = deploy(a, b)
    const commands = ['a', 'b'].map((agent) =>
      worker.send({ kind: 'disable', agent, disabled: true }, NO_PRESS_MS),
    )
    await Promise.all([deployed, ...commands])
    const url = `http://127.0.0.1:${port}`
    expect([(await run({ url }, 'a')).status, (await run({ url }, 'b')).status]).toEqual([503, 503])
  })
})

describe('WorkerHandle.send()', () => {
  it('holds for what a worker is about to load', async () => {
    const worker = new WorkerHandle({
      configuration: { ...configuration(), writer: 'worker-1' },
      control: async () => ({ status: 404, headers: [], body: new Uint8Array() }),
      findToken: () => undefined,
      onTail: () => {},
      onExit: () => {},
    })
    try {
      worker.start(await hosted(await version('a', 1)))
      const given = worker.send({ kind: 'disable', agent: 'a', disabled: true }, NO_PRESS_MS)
      await Promise.all([worker.ready, given])
      expect((await run({ url: `http://127.0.0.1:${port}` }, 'a')).status).toBe(503)
    } finally {
      await worker.terminate()
    }
  })
})

describe('Registry commands beside a deploy', () => {
  let group: WorkerGroup
  const url = (): string => `http://127.0.0.1:${port}`

  beforeEach(async () => {
    group = new WorkerGroup({
      size: 1,
      configuration: configuration(),
      onReady: () => {},
      control: async () => ({ status: 404, headers: [], body: new Uint8Array() }),
      findToken: () => undefined,
      onTail: () => {},
      logger: createLogger('silent'),
    })
    registry.bus = group
    await group.start(await hosted(await version('a', 1)))
  })

  afterEach(() => group.terminate())

  /** Has `work` begin when the workers are about to get a version. */
  function duringSwap<Value>(work: () => Promise<Value>): Promise<Value> {
    const { promise, resolve } = Promise.withResolvers<Value>()
    const deploy = group.deploy.bind(group)
    group.deploy = async (agents) => {
      group.deploy = deploy
      const swapped = deploy(agents)
      void work().then(resolve)
      return swapped
    }
    return promise
  }

  function left(): unknown {
    const { kv } = group.agents[0]?.manifest.capabilities ?? {}
    return kv?.['notes']?.expires === undefined ? 'all' : 'less'
  }

  const REVOKE = { revoke: ['kv.notes'] }

  it('a revocation during a swap holds for the version that comes', async () => {
    const revoked = duringSwap(async () => {
      await registry.attenuate('a', REVOKE)
      return left()
    })
    await registry.deployVersion(await version('a', 2), { allowNew: true })
    expect(await revoked).toBe('less')
    expect(left()).toBe('less')
    expect(ledger.narrowed('a')).toEqual(group.agents[0]?.manifest.capabilities)
    expect(await run({ url: url() }, 'a')).toMatchObject({ status: 200 })
  })

  /** Has `work` done when the next version has loaded, and waits for it. */
  function whileLoading(work: () => Promise<unknown>): void {
    const prepare = loading.prepare.bind(loading)
    loading.prepare = async (agent) => {
      loading.prepare = prepare
      const prepared = await prepare(agent)
      await work()
      return prepared
    }
  }

  it('a revocation while a version loads holds for that version', async () => {
    const next = await version('a', 2)
    whileLoading(() => registry.attenuate('a', REVOKE))
    await registry.deployVersion(next, { allowNew: true })
    expect(group.agents[0]?.component).toBe(next.component)
    expect(left()).toBe('less')
  })

  it('a version that lacks what was revoked while it loaded is served, and the next one has it revoked', async () => {
    const next = await version('a', 2, SEEN)
    whileLoading(() => registry.attenuate('a', REVOKE))
    await registry.deployVersion(next, { allowNew: true })
    expect(group.agents[0]?.component).toBe(next.component)
    expect(ledger.narrowed('a')).toBeUndefined()
    await registry.deployVersion(await version('a', 3), { allowNew: true })
    expect(left()).toBe('less')
  })

  it('a revocation before a deploy holds for the new version, though new capabilities are allowed', async () => {
    await registry.attenuate('a', REVOKE)
    expect(left()).toBe('less')
    const deployed = await registry.deployVersion(await version('a', 2), { allowNew: true })
    expect([left(), deployed.revoked, deployed.gained]).toEqual(['less', ['kv.notes'], []])
  })

  it('a revocation by its meaning holds for a version that moves the rule during the swap', async () => {
    const moved = await version('a', 2, { ...SEEN, more: { access: 'write' }, ...NOTES })
    const revoked = duringSwap(() => registry.attenuate('a', REVOKE))
    await registry.deployVersion(moved, { allowNew: true })
    await revoked
    const { kv } = group.agents[0]?.manifest.capabilities ?? {}
    const ended = Object.entries(kv ?? {}).filter(([, { expires }]) => expires !== undefined)
    expect(ended.map(([store]) => store)).toEqual(['notes'])
  })

  it('a revocation while another grant is given back holds', async () => {
    await registry.attenuate('a', REVOKE)
    const revoked = duringSwap(() => registry.attenuate('a', { revoke: ['kv.seen'] }))
    const restored = await registry.restore('a', { restore: ['kv.notes'] })
    await revoked
    expect([restored?.restored, left()]).toEqual([['kv.notes'], 'all'])
    const { notes, seen } = group.agents[0]?.manifest.capabilities.kv ?? {}
    expect([notes?.expires, seen?.expires]).toEqual([undefined, expect.any(String)])
    expect(ledger.narrowed('a')?.kv).toEqual({ notes, seen })
  })

  it('a grant that is given back while a version loads is there in that version', async () => {
    await registry.attenuate('a', REVOKE)
    const restoring: Promise<unknown>[] = []
    whileLoading(async () => restoring.push(registry.restore('a', { restore: ['*'] })))
    await registry.deployVersion(await version('a', 2), { allowNew: false })
    await Promise.all(restoring)
    expect([left(), ledger.narrowed('a')]).toEqual(['all', undefined])
  })

  it('a grant is not given back when its version cannot be served', async () => {
    await registry.attenuate('a', REVOKE)
    const deploy = group.deploy.bind(group)
    group.deploy = () => Promise.reject(new Error('does not load'))
    await expect(registry.restore('a', { restore: ['kv.notes'] })).rejects.toThrow('does not load')
    group.deploy = deploy
    expect([left(), ledger.narrowed('a')?.kv?.['notes']?.expires]).toEqual([
      'less',
      expect.any(String),
    ])
    await registry.restore('a', { restore: ['kv.notes'] })
    expect(left()).toBe('all')
  })

  it('agents that come together and cannot all be served leave approvals and what was taken as they were', async () => {
    await registry.attenuate('a', REVOKE)
    const before = ledger.summaries()
    group.deploy = () => Promise.reject(new Error('does not load'))
    const next = [await version('a', 2, { ...NOTES, ...SEEN, more: { access: 'read' } })]
    await expect(registry.deploy([...next, await version('b', 1)])).rejects.toThrow('does not load')
    expect(ledger.summaries()).toEqual(before)
  })

  it('an agent that is disabled while its next version is approved stays so', async () => {
    const approve = ledger.approve.bind(ledger)
    ledger.approve = async (...given) => {
      ledger.approve = approve
      const approval = await approve(...given)
      // Under way: the ledger has it when the workers have it.
      void registry.disable('a', true)
      return approval
    }
    await registry.deployVersion(await version('a', 2), { allowNew: true })
    expect(group.agents[0]?.disabled).toBe(true)
    await expect.poll(async () => (await run({ url: url() }, 'a')).status, SOON).toBe(503)
  })

  it('of two commands the later is kept, though the first is answered last', async () => {
    const send = group.send.bind(group)
    const enabled = Promise.withResolvers<unknown>()
    group.send = async (...given) => {
      group.send = send
      const outcome = await send(...given)
      await enabled.promise
      return outcome
    }
    const disabling = registry.disable('a', true)
    enabled.resolve(await registry.disable('a', false))
    await disabling
    expect([group.agents[0]?.disabled, ledger.isDisabled('a')]).toEqual([false, false])
  })

  it('revocations at once all hold, and each is answered', async () => {
    const both = [{ revoke: ['kv.notes'] }, { revoke: ['kv.seen'] }]
    await Promise.all(both.map((request) => registry.attenuate('a', request)))
    const { notes, seen } = group.agents[0]?.manifest.capabilities.kv ?? {}
    expect([notes?.expires, seen?.expires]).toEqual([expect.any(String), expect.any(String)])
    expect(ledger.narrowed('a')?.kv).toEqual({ notes, seen })
  })

  it('an agent that is disabled during a swap that fails is known to be so', async () => {
    group.deploy = async () => {
      await registry.disable('a', true)
      throw new Error('does not load')
    }
    await expect(
      registry.deployVersion(await version('a', 2), { allowNew: true }),
    ).rejects.toThrow()
    expect(ledger.isDisabled('a')).toBe(true)
  })
})
