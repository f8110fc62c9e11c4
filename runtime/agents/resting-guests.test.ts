import { describe, expect, it } from 'vitest'
import { RestingGuests, type RestingGuest } from './resting-guests.ts'
import { expectNothingLeft, untilAway, waitingStage } from './testing/waiting-stage.ts'

const BOUNDS = { keepMs: 5, keepOftenMs: 1_000, maxOften: 3, maxOftenByAgent: 2 }

function guest(restedMs: number, since = 0, agent = 'a'): RestingGuest {
  return { agent, since, restedMs }
}

describe('RestingGuests', () => {
  it('lets guests rest for longer whose events come often', () => {
    const guests = new RestingGuests(BOUNDS)
    const [first, late, soon] = [guest(Infinity), guest(1_000), guest(999)]
    expect([first, late, soon].map((each) => guests.add(each))).toEqual([5, 5, 1_000])
    expect(guests.nextMs(1)).toBe(4)
    expect(guests.due(3)).toEqual([])
    expect(guests.due(5)).toEqual([first, late])
    expect(guests.nextMs(5)).toBe(995)
    // A timer may come late.
    expect(guests.nextMs(1_001)).toBe(0)
    expect(guests.due(1_000)).toEqual([soon])
    expect(guests.nextMs(1_000)).toBeUndefined()
  })

  it('has a bound on those, and on those of one agent', () => {
    const guests = new RestingGuests(BOUNDS)
    const own = [guest(1), guest(1), guest(1)]
    expect(own.map((each) => guests.add(each))).toEqual([1_000, 1_000, 5])
    const others = [guest(1, 0, 'b'), guest(1, 0, 'c')]
    expect(others.map((each) => guests.add(each))).toEqual([1_000, 5])
    for (const each of [...own, ...others]) guests.delete(each)
    expect([...guests]).toEqual([])
    expect(own.map((each) => guests.add(each))).toEqual([1_000, 1_000, 5])
  })

  it('is in the order in which they give up their slots for others', () => {
    const guests = new RestingGuests(BOUNDS)
    const all = [guest(1, 0), guest(1, 7), guest(Infinity, 3), guest(Infinity, 4)]
    for (const each of all) guests.add(each)
    expect([...guests]).toEqual(all)
  })
})

// Which waits three times.
const N = 5
const OFTEN = { keepMs: 0, keepOftenMs: 60_000 }

describe('a guest whose events come often', () => {
  it('is put aside once, and keeps its slot from then on', async () => {
    await using on = await waitingStage({ waiting: OFTEN })
    const { agent, host } = on
    const call = agent.call('run', [N])
    await host.until(1)
    await untilAway(agent, 1)
    for (let answered = 0; answered < 2; answered++) {
      host.answer()
      await host.until(1)
      expect(agent.stats()).toMatchObject({ slots: 1, waiting: { guests: 0, moves: 1 } })
    }
    host.answer()
    expect(await call).toBe(N)
    await expectNothingLeft(on)
  })

  it('loses its slot at once when others want it', async () => {
    await using on = await waitingStage({ waiting: OFTEN, pool: { maxMemories: 2 } })
    const { agent, host } = on
    const calls = [agent.call('run', [N])]
    await host.until(1)
    host.answer()
    await host.until(1)
    expect(agent.stats()).toMatchObject({ slots: 1, waiting: { guests: 0 } })
    calls.push(agent.call('run', [N]))
    await host.until(2)
    expect(agent.stats()).toMatchObject({ waiting: { guests: 2 } })
    const timer = setInterval(() => host.answerAll(), 1)
    expect(await Promise.all(calls)).toEqual([N, N])
    clearInterval(timer)
    await expectNothingLeft(on)
  })

  it('gives its slot back between events where as many keep theirs as may', async () => {
    await using on = await waitingStage({ waiting: { ...OFTEN, maxOften: 2 } })
    const { agent, host } = on
    const calls = [agent.call('run', [N]), agent.call('run', [N])]
    await host.until(2)
    host.answerAll()
    await host.until(2)
    expect(agent.stats()).toMatchObject({ slots: 1, waiting: { guests: 1 } })
    const timer = setInterval(() => host.answerAll(), 1)
    expect(await Promise.all(calls)).toEqual([N, N])
    clearInterval(timer)
    await expectNothingLeft(on)
  })
})
