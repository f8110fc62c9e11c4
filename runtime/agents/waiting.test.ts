/**
 * Guests that wait without a stack give their slots back, go on in others, and leave nothing behind.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { random } from '../stamp/testing/random.ts'
import { differences } from '../stamp/differences.ts'
import type { Difference } from '../stamp/difference.ts'
import { PageStore } from '../stamp/page-store.ts'
import { Stamper } from '../stamp/stamper.ts'
import { Runtime, type Agent, type InvocationRecord, type RuntimeOptions } from './index.ts'
import { SlowHost, WAITING } from './testing/waiting.ts'

const MANY = process.env['MAYFLY_SOAK'] === undefined ? 1_000 : 10_000
/** Two memories a slot: the guest's and its marks. */
const TWO_SLOTS = { maxMemories: 4 }

let component: Uint8Array
beforeAll(async () => {
  component = await parse(WAITING)
}, 60_000)
afterEach(() => void vi.restoreAllMocks())

interface Stage extends AsyncDisposable {
  readonly runtime: Runtime
  readonly agent: Agent
  readonly host: SlowHost
  readonly records: InvocationRecord[]
  /** Loads it once more, under another name. */
  another(limits?: Readonly<Record<string, unknown>>): Promise<Agent>
}

async function stage(
  options: Partial<RuntimeOptions> = {},
  limits: Readonly<Record<string, unknown>> = {},
): Promise<Stage> {
  const host = new SlowHost()
  const records: InvocationRecord[] = []
  const runtime = new Runtime({
    capabilities: [],
    onInvocation: (record) => void records.push(record),
    ...options,
  })
  let loaded = 0
  const another: Stage['another'] = (own = {}) =>
    runtime.load({
      component,
      manifest: { name: `waiting-${loaded++}`, limits: { deadlineMs: 60_000, ...limits, ...own } },
      imports: host.imports,
    })
  return {
    runtime,
    agent: await another(),
    host,
    records,
    another,
    async [Symbol.asyncDispose]() {
      host.answerAll()
      await runtime.close()
    },
  }
}

/** Resolves once `agent` has so many guests without a slot. */
async function untilAway(agent: Agent, guests: number): Promise<void> {
  await vi.waitFor(() => expect(agent.stats().waiting.guests).toBe(guests), {
    timeout: 10_000,
    interval: 1,
  })
}

/** Nothing is left of whatever has waited. */
function expectNothingLeft({ runtime, agent, host }: Stage): void {
  expect(agent.stats()).toMatchObject({
    active: 0,
    running: 0,
    slots: 0,
    slotsWaiting: 0,
    waiting: { guests: 0, bytes: 0, kept: {} },
  })
  expect(runtime.stats()).toMatchObject({ active: 0, slots: { waiting: 0 } })
  host.answerAll()
}

/** Checks every stamp and every move against all pages, marked or not. */
function watchStamps(mistake?: (stamper: Stamper) => void): { wrong: string[]; moves: number } {
  const seen: { wrong: string[]; moves: number } = { wrong: [], moves: 0 }
  const stores = new Map<Stamper, PageStore>()
  const { apply, stamp, difference } = Stamper.prototype
  const { view } = PageStore.prototype
  let store: PageStore | undefined
  vi.spyOn(PageStore.prototype, 'addTable').mockImplementation(function (this: PageStore, pages) {
    store = this
    return addTable.call(this, pages)
  })
  vi.spyOn(Stamper.prototype, 'apply').mockImplementation(function (this: Stamper, kept) {
    apply.call(this, kept)
    seen.moves++
    mistake?.(this)
    if (text(ofAllPages(this)) !== text(kept)) seen.wrong.push(`move ${seen.moves}`)
  })
  vi.spyOn(Stamper.prototype, 'stamp').mockImplementation(function (this: Stamper, image) {
    const outcome = stamp.call(this, image)
    if (outcome === 'stamped' && store !== undefined)
      seen.wrong.push(...differences(this.state, image, store))
    return outcome
  })
  const ofAllPages = (stamper: Stamper): Difference | undefined => {
    const maps = stamper.state.memories.flatMap(({ map }) => (map ? [new Uint8Array(map.buffer)] : []))
    const before = maps.map((map) => map.slice())
    for (const map of maps) map.fill(1)
    const all = difference.call(stamper)
    for (const [i, map] of maps.entries()) map.set(before[i] ?? [])
    return all
  }
  void stores
  void view
  return seen
}

const { addTable } = PageStore.prototype

function text(difference: Difference | undefined): string {
  return JSON.stringify(difference, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value instanceof Uint8Array ? [...value] : value,
  )
}

describe('a guest that waits', () => {
  it('gives its slot back, and goes on in another', async () => {
    await using on = await stage({ pool: TWO_SLOTS })
    const { agent, host } = on
    const calls = [3, 4, 5, 6].map((n) => agent.call('run', [n]))
    await host.until(4)
    await untilAway(agent, 4)
    expect(agent.stats()).toMatchObject({ slots: 0, running: 4, waiting: { moves: expect.any(Number) } })
    expect(agent.stats().waiting.bytes).toBeLessThan(4 * 16_384)
    const timer = setInterval(() => host.answer(host.pending - 1), 1)
    expect(await Promise.all(calls)).toEqual([3, 4, 5, 6])
    clearInterval(timer)
    expectNothingLeft(on)
  })

  it('keeps its slot for a few milliseconds, when nobody wants it', async () => {
    await using on = await stage()
    const { agent, host } = on
    for (let n = 1; n < 50; n++) {
      const call = agent.call('run', [3 * n])
      await host.until(1)
      host.answer()
      expect(await call).toBe(3 * n)
    }
    // A machine that is busy may take longer.
    expect(agent.stats().waiting.moves).toBeLessThan(25)
    expectNothingLeft(on)
  })

  it('loses it at once when others want it', async () => {
    await using on = await stage({ pool: { maxMemories: 2 } })
    const { agent, host } = on
    const started = performance.now()
    const calls = Array.from({ length: 40 }, (_, n) => agent.call('run', [3 * n]))
    await host.until(40)
    // One slot for all, and each would keep it for 5 ms.
    expect(performance.now() - started).toBeLessThan(40 * 4)
    host.answerAll()
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 40 }, (_, n) => 3 * n))
    expectNothingLeft(on)
  })

  it.for<[string, (stamper: Stamper) => void]>([
    ['bytes', ({ state }) => void new Uint8Array(state.memories[0]?.memory.buffer ?? []).fill(1, 4_100, 4_101)],
    ['marks', ({ state }) => new Uint8Array(state.memories[0]?.map?.buffer ?? []).fill(0)],
  ])('is found out when %s are planted wrongly', async ([, mistake]) => {
    await using on = await stage({ pool: TWO_SLOTS }, { reset: 'pages' })
    const seen = watchStamps(mistake)
    await expect(storm(on, 20, 1)).resolves.toBeDefined()
    expect(seen.moves).toBeGreaterThan(5)
    expect(seen.wrong).not.toEqual([])
  })

  it.for(['pages', 'copy'])('leaves nothing behind, byte for byte (%s)', async (reset) => {
    await using on = await stage({ pool: TWO_SLOTS }, { reset })
    const seen = watchStamps()
    expect(await storm(on, 60, 2)).toEqual([])
    expect(seen.moves).toBeGreaterThan(30)
    expect(seen.wrong).toEqual([])
    expectNothingLeft(on)
  })
})

/** Runs many that are answered in any order. Returns the answers that are wrong. */
async function storm({ agent, host }: Stage, guests: number, seed: number): Promise<unknown[]> {
  const { below } = random(seed)
  const calls = Array.from({ length: guests }, async (_, n) => {
    const answer = await agent.call('run', [n + 1]).catch((error: unknown) => String(error))
    return answer === n + 1 ? [] : [answer]
  })
  let done = false
  const all = Promise.all(calls).finally(() => (done = true))
  const step = (): void => {
    if (done) return
    for (let count = below(4); count > 0; count--) if (host.pending > 0) host.answer(below(host.pending))
    setTimeout(step, below(3) * 4)
  }
  step()
  return (await all).flat()
}
