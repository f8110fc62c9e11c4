import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sharedRateCells } from '../../app/index.ts'
import { COMMAND_CONFORMANCE, type CallOutcome } from '../../registry/commands/conformance.ts'
import { hostedAgent } from '../../registry/testing/hosted-agent.ts'
import type { PreparedAgent } from '../../../runtime/agents/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { HTTP_LIMITS } from './http-server.ts'
import { Loading } from './loading.ts'
import { createLogger } from './logger.ts'
import { checkPort } from './preflight.ts'
import { REFUSED, run as callRun } from './testing/components.ts'
import { tailCell } from './tail-feed.ts'
import { WorkerGroup } from './worker-group.ts'
import { WorkerHandle } from './worker-handle.ts'

// Where the system spreads connections over them; elsewhere a host has one.
const PLACES = process.platform === 'linux' ? 2 : 1
const SHARED = { logLevel: 'silent', features: [] } as const

let loading: Loading

beforeAll(() => {
  loading = new Loading(SHARED)
})

afterAll(() => loading.close())

describe('WorkerGroup', () => {
  it.each(COMMAND_CONFORMANCE)('$name', async ({ run }) => {
    const { port } = await checkPort('127.0.0.1', 0)
    const group = groupOf(PLACES, port)
    try {
      await group.start([])
      await run({
        bus: group,
        places: PLACES,
        agent: (...given) => hostedAgent(loading, ...given),
        call: (name) => call(`http://127.0.0.1:${port}`, name),
      })
    } finally {
      await group.terminate()
    }
  })

  it('has a worker warmed up that takes the place of another', async () => {
    const { port } = await checkPort('127.0.0.1', 0)
    const group = groupOf(1, port)
    const warmUp = vi.spyOn(WorkerHandle.prototype, 'warmUp')
    try {
      const { manifest, prepared } = await hostedAgent(loading, 'asked', 'count')
      await group.start([])
      expect(warmUp).not.toHaveBeenCalled()
      group.warmUp({ manifest, prepared })
      const [first] = warmUp.mock.contexts
      expect(first).toBeInstanceOf(WorkerHandle)
      await (first as WorkerHandle).terminate()
      await vi.waitFor(() => expect(warmUp).toHaveBeenCalledTimes(2), { timeout: 20_000 })
      const [, second] = warmUp.mock.contexts
      expect(second).not.toBe(first)
      expect(warmUp.mock.lastCall).toEqual([{ manifest, prepared }])
    } finally {
      warmUp.mockRestore()
      await group.terminate()
    }
  }, 30_000)

  it('hands an agent again to a worker that refused it when it took the place of another', async () => {
    const { port } = await checkPort('127.0.0.1', 0)
    const group = groupOf(1, port)
    const starts = vi.spyOn(WorkerHandle.prototype, 'start')
    try {
      const served = await hostedAgent(loading, 'served', 'count')
      const later = await hostedAgent(loading, 'later', 'count')
      await group.start([served])
      // The cast: only the worker finds that no runtime has prepared it.
      const broken = { ...later, prepared: {} as PreparedAgent }
      // The worker that serves is not asked to load what a command names.
      await group.send({ kind: 'kill', agent: 'nothing' }, [served, broken])
      await (starts.mock.contexts[0] as WorkerHandle).terminate()
      await vi.waitFor(() => expect(group.ready).toBe(1), { timeout: 20_000 })
      expect(starts).toHaveBeenCalledTimes(2)
      const url = `http://127.0.0.1:${port}`
      expect(await call(url, 'later')).toBe('absent')
      await group.send({ kind: 'kill', agent: 'nothing' }, [served, later])
      await vi.waitFor(async () => expect(await call(url, 'later')).toBe('answered'), {
        timeout: 20_000,
        interval: 200,
      })
      expect(await call(url, 'served')).toBe('answered')
    } finally {
      starts.mockRestore()
      await group.terminate()
    }
  }, 60_000)

  it('hands agents again to a worker that could not load them after the deploy had been told', async () => {
    const { port } = await checkPort('127.0.0.1', 0)
    const group = groupOf(1, port)
    try {
      const served = await hostedAgent(loading, 'served', 'count')
      await group.start([])
      const deploy = vi
        .spyOn(WorkerHandle.prototype, 'deploy')
        .mockImplementationOnce(async (_agents, _timeoutMs, onLate) => {
          const error = new MayflyError(
            'ERR_LIMIT_EXCEEDED',
            'Cannot load agent "served": no memory',
          )
          setTimeout(onLate, 1, error)
        })
      await group.deploy([served])
      const url = `http://127.0.0.1:${port}`
      await vi.waitFor(async () => expect(await call(url, 'served')).toBe('answered'), {
        timeout: 20_000,
        interval: 200,
      })
      expect(deploy.mock.calls.length).toBeGreaterThan(1)
    } finally {
      vi.restoreAllMocks()
      await group.terminate()
    }
  }, 60_000)
})

function groupOf(size: number, port: number): WorkerGroup {
  return new WorkerGroup({
    size,
    configuration: {
      ...SHARED,
      host: '127.0.0.1',
      port,
      reusePort: size > 1,
      adaptive: [],
      maxUpstreamSockets: 512,
      access: { state: 'open' },
      ownEndpoints: [],
      tail: tailCell(),
      rates: sharedRateCells(),
      index: 'local',
      http: HTTP_LIMITS,
    },
    onReady: () => {},
    control: async () => ({ status: 404, headers: [], body: new Uint8Array() }),
    findToken: () => undefined,
    onTail: () => {},
    logger: createLogger('silent'),
  })
}

async function call(url: string, name: string): Promise<CallOutcome> {
  const { status, body } = await callRun({ url }, name)
  if (status === 404) return 'absent'
  if (status !== 200) return 'refused'
  return body === REFUSED ? 'denied' : 'answered'
}
