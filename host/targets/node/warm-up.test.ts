import { readFile } from 'node:fs/promises'
import { parse } from '@bytecodealliance/jco'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { manifestFromObject, type Manifest } from '../../../runtime/manifest/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import type { HostedAgent } from '../../registry/index.ts'
import type { ToLoader, WarmUp } from './protocol.ts'
import { warmUp, warmingUp } from './warm-up.ts'

const source = await readFile(
  new URL('../../../runtime/agents/rehearsal.wat', import.meta.url),
  'utf8',
)
/** With the code of one another, and data of their own. */
const served = await echoing('text/plain')
const own = await echoing('text/html!')
const stranger = new Uint8Array(await parse(source.replace('(i32.const 7)', '(i32.const 15)')))

async function echoing(type: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await parse(source.replace('"text/plain"', `"${type}"`)))
}

function manifestOf(name: string, limits: Readonly<Record<string, unknown>> = {}): Manifest {
  return manifestFromObject({ name, source: 'agent.ts', limits })
}

const engine = 'quickjs'
let loader: Runtime
const logger = { debug: vi.fn() }

beforeEach(() => {
  loader = new Runtime()
  logger.debug.mockClear()
})
afterEach(() => loader.close())

/** As a thread that loads agents does. */
async function prepare({
  manifest,
  component,
  onlyIfKnown,
}: ToLoader): Promise<WarmUp['prepared']> {
  if (onlyIfKnown && !(await loader.knows(component))) throw new Error('not known')
  return loader.prepare({ manifest, component })
}

async function hosted(
  component: Uint8Array<ArrayBuffer>,
  manifest: Manifest,
): Promise<HostedAgent> {
  const prepared = await prepare({ manifest, component })
  const { capabilities: granted } = manifest
  return { manifest, component, prepared, granted, revision: '1', disabled: false, uses: [] }
}

async function askedWith(
  component: Uint8Array<ArrayBuffer>,
  ...agents: readonly HostedAgent[]
): Promise<WarmUp | undefined> {
  let asked: WarmUp | undefined
  const group = { agents, warmUp: (agent: WarmUp) => (asked = agent) }
  await warmingUp(group, prepare, { engine, build: () => Promise.resolve(component) }, logger)()
  return asked
}

const NO_ENGINE = manifestFromObject({ name: 'served', component: 'agent.wasm' })

describe('warmingUp()', () => {
  it('has the agent asked with the limits of an agent that has its code, and without grants', async () => {
    const limits = { memoryBytes: 33_554_432, metering: 'watchdog' }
    const agent = await hosted(served, manifestOf('served', limits))
    const asked = await askedWith(own, agent)
    expect(asked?.manifest).toMatchObject({ name: 'warm-up', limits })
    expect(asked?.manifest.capabilities).toEqual(manifestOf('any').capabilities)
    expect(logger.debug).not.toHaveBeenCalled()
  })

  it.each([
    ['is served with other code', async () => [await hosted(stranger, manifestOf('other'))]],
    ['is served at all', async () => []],
    [
      'is of its engine',
      async () => [{ ...(await hosted(served, manifestOf('served'))), manifest: NO_ENGINE }],
    ],
  ])('compiles nothing when no agent %s', async (_, make) => {
    const agents = await make()
    const compile = vi.spyOn(WebAssembly, 'compile')
    expect(await askedWith(own, ...agents)).toBeUndefined()
    expect(compile).not.toHaveBeenCalled()
    compile.mockRestore()
  })

  it('waits for the first agent that it is of use for, and asks once', async () => {
    const agents: HostedAgent[] = []
    const group = { agents, warmUp: vi.fn() }
    const build = vi.fn(() => Promise.resolve(own))
    const warmUpOnce = warmingUp(group, prepare, { engine, build }, logger)
    await warmUpOnce()
    expect(build).not.toHaveBeenCalled()
    agents.push(await hosted(served, manifestOf('served')))
    await warmUpOnce()
    await warmUpOnce()
    expect(build).toHaveBeenCalledTimes(1)
    expect(group.warmUp).toHaveBeenCalledTimes(1)
  })

  it('leaves workers alone when the agent cannot be had', async () => {
    const agents = [await hosted(served, manifestOf('served'))]
    const group = { agents, warmUp: vi.fn() }
    const build = (): Promise<never> => Promise.reject(new Error('no disk'))
    await warmingUp(group, prepare, { engine, build }, logger)()
    expect(group.warmUp).not.toHaveBeenCalled()
    expect(logger.debug).toHaveBeenCalledTimes(1)
  })
})

describe('warmUp()', () => {
  const manifest = manifestOf('warm-up')
  const prepared = (): Promise<WarmUp['prepared']> => prepare({ manifest, component: own })

  it('lets others have each turn, and leaves nothing', async () => {
    const runtime = new Runtime()
    let turns = 0
    let isDone = false
    const count = (): void => {
      turns++
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    const sent = await warmUp(
      runtime,
      { manifest, prepared: await prepared() },
      new AbortController().signal,
    )
    isDone = true
    expect(turns).toBeGreaterThanOrEqual(sent)
    expect(sent).toBeGreaterThan(100)
    expect(runtime.stats()).toMatchObject({ agents: 0, slots: { alive: 0 } })
  })

  it('ends when the worker closes', async () => {
    const ended = AbortSignal.abort()
    expect(await warmUp(new Runtime(), { manifest, prepared: await prepared() }, ended)).toBe(0)
  })

  it('does not reject', async () => {
    const closed = new Runtime()
    await closed.close()
    const agent = { manifest, prepared: await prepared() }
    expect(await warmUp(closed, agent, new AbortController().signal)).toBe(0)
  })
})
