import { expect, test } from 'vitest'
import { nextLoopTurn } from '../host-module/index.ts'
import { TurnLine } from './turn-line.ts'

const laps = (): Promise<void> => new Promise((resolve) => nextLoopTurn(resolve))

test('TurnLine gives a turn to each agent in order, and to the guests of each in order', async () => {
  const line = new TurnLine()
  const order: string[] = []
  const [a, b, c] = [{}, {}, {}]
  for (const [agent, name] of [
    [a, 'a1'],
    [a, 'a2'],
    [a, 'a3'],
    [b, 'b1'],
    [c, 'c1'],
    [b, 'b2'],
  ] as const)
    line.pause(agent, () => order.push(name))
  while (line.stats().paused > 0) await laps()
  expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  expect(line.stats().turns).toBe(6)
})

test('TurnLine lets the event loop go round twice before each turn', async () => {
  const line = new TurnLine()
  const turns: number[] = []
  let lap = 0
  for (let guest = 0; guest < 3; guest++) line.pause({}, () => turns.push(lap))
  while (turns.length < 3) {
    await laps()
    lap++
  }
  expect((turns[1] ?? 0) - (turns[0] ?? 0)).toBeGreaterThanOrEqual(1)
  expect((turns[2] ?? 0) - (turns[1] ?? 0)).toBeGreaterThanOrEqual(1)
})

test('TurnLine by request: each guest goes on by itself, also where another has left', async () => {
  const line = new TurnLine({ byRequest: true })
  const order: string[] = []
  const agent = {}
  line.leave(line.pause(agent, () => order.push('left')))
  line.pause(agent, () => order.push('first'))
  line.pause({}, () => order.push('second'))
  await laps()
  expect(order).toEqual([])
  await laps()
  expect(order).toEqual(['first', 'second'])
  expect(line.stats()).toMatchObject({ paused: 0, turns: 2 })
})

test('TurnLine has room for a share of the pool', () => {
  const room = (poolBytes?: number): number => {
    const line = new TurnLine({}, poolBytes)
    const agent = {}
    let guests = 0
    for (; !line.isFullFor(agent); guests++) line.began(agent)
    return guests
  }
  expect([room(), room(2 ** 28), room(1)]).toEqual([128, 16, 1])
})

test('TurnLine.leave() takes a guest out of the line, once', async () => {
  const line = new TurnLine()
  const order: string[] = []
  const agent = {}
  const place = line.pause(agent, () => order.push('left'))
  line.pause(agent, () => order.push('stayed'))
  line.leave(place)
  line.leave(place)
  expect(line.stats().paused).toBe(1)
  while (line.stats().paused > 0) await laps()
  expect(order).toEqual(['stayed'])
})

test('TurnLine.wait() lets agents begin in turn as guests end, and refuses more than may wait', () => {
  const line = new TurnLine({ maxGuests: 2, maxWaiting: 3 })
  const [a, b] = [{}, {}]
  line.began(a)
  expect(line.isFullFor(a)).toBe(false)
  line.began(b)
  expect([line.isFullFor(a), line.isFullFor(b), line.isFullFor({})]).toEqual([true, true, false])
  const begun: string[] = []
  /** Computes for long as well. */
  const begins = (agent: object, name: string) => () => {
    begun.push(name)
    line.began(agent)
  }
  line.wait(a, begins(a, 'a1'))
  line.wait(a, begins(a, 'a2'))
  line.wait(b, begins(b, 'b1'))
  expect(() => line.wait(b, () => {})).toThrow(/3 requests wait already/)
  line.ended(a)
  expect(begun).toEqual(['a1'])
  line.ended(b)
  expect(begun).toEqual(['a1', 'b1'])
})

test('TurnLine.wait() lets all begin in the end, though those that began need no turns', async () => {
  const line = new TurnLine({ maxGuests: 20 })
  const [agent, other] = [{}, {}]
  for (let guest = 0; guest < 20; guest++) line.began(guest % 2 === 0 ? agent : other)
  const rounds: number[] = []
  let round = 0
  for (let n = 0; n < 30; n++) line.wait(agent, () => rounds.push(round))
  line.ended(agent)
  expect(rounds).toHaveLength(1)
  for (let guest = 0; guest < 19; guest++) line.ended(other)
  for (; line.stats().waiting > 0 && round < 100; round++) await laps()
  expect(rounds).toHaveLength(30)
})

test('TurnLine.wait() never lets more compute than may', async () => {
  const line = new TurnLine({ maxGuests: 5 })
  const agent = {}
  for (let guest = 0; guest < 5; guest++) line.began(agent)
  let most = 0
  let computing = 5
  for (let n = 0; n < 100; n++)
    line.wait(agent, () => {
      // Every third computes for long.
      if (n % 3 > 0) return
      line.began(agent)
      most = Math.max(most, ++computing)
    })
  for (let turn = 0; turn < 500 && line.stats().waiting > 0; turn++) {
    if (computing > 0) {
      computing--
      line.ended(agent)
    }
    await laps()
  }
  expect([most, line.stats().waiting]).toEqual([5, 0])
})
