import { expect, it } from 'vitest'
import { UnreadBytes, type UnreadChannel } from './unread-bytes.ts'

class Channel implements UnreadChannel {
  unread = 0
  isEnded = false
  readonly #budget: UnreadBytes

  constructor(budget: UnreadBytes) {
    this.#budget = budget
  }

  send(bytes: number): void {
    this.unread += bytes
    this.#budget.changed(this)
  }

  end(): void {
    this.isEnded = true
  }
}

function channels(count: number, budget: UnreadBytes): Channel[] {
  return Array.from({ length: count }, () => new Channel(budget))
}

it('lets processes leave as much as there is, together', () => {
  const budget = new UnreadBytes(100)
  const all = channels(10, budget)
  for (const channel of all) channel.send(10)
  expect(all.some(({ isEnded }) => isEnded)).toBe(false)
})

it('ends the process that has left the most, whichever was sent more last', () => {
  const budget = new UnreadBytes(100)
  const [greedy, ...others] = channels(5, budget)
  greedy?.send(80)
  for (const channel of others) channel.send(6)
  expect([greedy?.isEnded, others.some(({ isEnded }) => isEnded)]).toEqual([true, false])
  expect(budget.most).toBe(24)
})

it('counts what was read meanwhile no longer', () => {
  const budget = new UnreadBytes(100)
  const [one, two] = channels(2, budget)
  one?.send(90)
  if (one !== undefined) one.unread = 0
  two?.send(90)
  expect([one?.isEnded, two?.isEnded, budget.most]).toEqual([false, false, 90])
})

it('forgets a process that has ended', () => {
  const budget = new UnreadBytes(100)
  const [one, two] = channels(2, budget)
  one?.send(90)
  if (one !== undefined) budget.forget(one)
  two?.send(90)
  expect([two?.isEnded, budget.most]).toEqual([false, 90])
})
