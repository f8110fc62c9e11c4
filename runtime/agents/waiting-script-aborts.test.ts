/**
 * Clients of agents in JavaScript that leave at any time leave nothing behind: not while the agent waits, goes on, has
 * answered and goes on, or streams.
 *
 * @module
 */
import { expect, it } from 'vitest'
import { random } from '../stamp/testing/random.ts'
import { LiveInstances } from './testing/live-instances.ts'
import { ENDING_KINDS, ENDLESS_KINDS } from './testing/script-source.ts'
import { ask, expectNoneLeft, scriptStage, type ScriptStage } from './testing/script-stage.ts'

const SOAK = process.env['MAYFLY_SOAK'] !== undefined
const CLIENTS = SOAK ? 3_000 : 180
const WARM_UP = SOAK ? 500 : 60
const ABREAST = 30
const LATEST_LEAVE_MS = 15
const KINDS = [...ENDING_KINDS, ...ENDLESS_KINDS]
const MIB = 1_048_576
/** Of resident memory: records and signals that the test keeps, and what V8 keeps. Slots would be 2 GiB and more. */
const MAX_GROWTH_BYTES = 48 * MIB

type Seen = Record<'answered' | 'left', number> & { readonly wrong: string[] }

/** Clients that leave after some milliseconds, at once, or not at all where there is an answer. */
async function leaveAtAnyTime(
  { agent, host }: ScriptStage,
  clients: number,
  seed: number,
): Promise<Seen> {
  const { below, pick } = random(seed)
  const seen: Seen = { answered: 0, left: 0, wrong: [] }
  let begun = 0
  const one = async (): Promise<void> => {
    const n = begun++
    const kind = pick(KINDS)
    const client = new AbortController()
    const stays = below(4) === 0 && ENDING_KINDS.some((each) => each === kind)
    const leavesAtOnce = !stays && below(4) === 0
    const timer = stays ? undefined : setTimeout(() => client.abort(), below(LATEST_LEAVE_MS))
    if (leavesAtOnce) queueMicrotask(() => client.abort())
    const answer = await ask(agent, kind, { n, depth: below(3) }, client).catch(String)
    clearTimeout(timer)
    if (answer === undefined) seen.answered++
    else if (client.signal.aborted) seen.left++
    else seen.wrong.push(answer)
  }
  const opening = setInterval(() => host.open(), 5)
  await Promise.all(
    Array.from({ length: ABREAST }, async () => {
      while (begun < clients) await one()
    }),
  )
  clearInterval(opening)
  return seen
}

/** Nothing is left, no slot either, and what can be collected has been. */
async function untilCollected(on: ScriptStage, instances: LiveInstances): Promise<void> {
  await expectNoneLeft(on)
  await expect.poll(() => on.runtime.stats().slots.alive).toBe(0)
  await instances.untilStill()
}

it.for([
  ['keep their slots', Infinity],
  ['give their slots back', 0],
  ['do either', 2],
] as const)(
  'clients that leave at any time leave nothing of agents that %s',
  { timeout: 900_000 },
  async ([name, keepMs]) => {
    using instances = new LiveInstances()
    await using on = await scriptStage({ waiting: { keepMs }, pool: { idleMs: 1 } })
    const { below } = random(keepMs === 0 ? 1 : 2)
    const warm = await leaveAtAnyTime(on, WARM_UP, below(1_000))
    expect(warm.wrong).toEqual([])
    await untilCollected(on, instances)
    const before = { alive: instances.alive, rss: process.memoryUsage.rss() }
    const seen = await leaveAtAnyTime(on, CLIENTS, below(1_000))
    expect(seen.wrong).toEqual([])
    expect(seen.left).toBeGreaterThan(CLIENTS / 3)
    expect(seen.answered).toBeGreaterThan(CLIENTS / 20)
    await untilCollected(on, instances)
    const rss = process.memoryUsage.rss()
    // Of one slot, which a variable of the engine may still hold.
    const { alive } = instances
    expect(alive).toBeLessThanOrEqual(before.alive + 10)
    expect(await ask(on.agent, 'timer', { n: 3 })).toBeUndefined()
    const { moves } = on.agent.stats().waiting
    console.log(
      `soak: agents that ${name}: ${seen.left} left, ${seen.answered} answered, ${moves} moves, ` +
        `${alive} instances alive (${before.alive} before), ` +
        `resident ${(before.rss / MIB).toFixed()} to ${(rss / MIB).toFixed()} MiB`,
    )
    // Few clients more or less than the noise of a test runner say nothing.
    if (SOAK) expect(rss - before.rss).toBeLessThan(MAX_GROWTH_BYTES)
  },
)
