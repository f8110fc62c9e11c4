import { describe, expect, test } from 'vitest'
import type { Store } from '../store.ts'
import { Waitable, WaitableSet, type WaitableEvent } from './waitable.ts'

class Bell extends Waitable {
  readonly name: number

  constructor(name: number) {
    super(true)
    this.name = name
  }

  ring(): void {
    this.announce()
  }

  silence(): void {
    this.active = false
  }

  protected event(): WaitableEvent {
    return [1, this.name, 0]
  }
}

const store = {} as Store // No event of a bell looks at it

function ringing(set: WaitableSet): (number | undefined)[] {
  const names = []
  while (set.ready) names.push(set.poll(store)?.[1])
  return names
}

function bells(count: number): { set: WaitableSet; members: Bell[] } {
  const set = new WaitableSet()
  const members = Array.from({ length: count }, (_, index) => new Bell(index))
  for (const member of members) member.join(set)
  return { set, members }
}

describe('WaitableSet', () => {
  test('gives events in the order in which they came', () => {
    const { set, members } = bells(4)
    for (const index of [2, 0, 3, 2]) members[index]?.ring()
    expect(ringing(set)).toEqual([2, 0, 3])
    expect(set.poll(store)).toBeUndefined()
  })

  test.each([
    [0, [1, 2]],
    [1, [0, 2]],
    [2, [0, 1]],
  ])('forgets the event of a member that left: %i', (left, rest) => {
    const { set, members } = bells(3)
    for (const member of members) member.ring()
    members[left]?.join(undefined)
    expect(ringing(set)).toEqual(rest)
    expect(set.members).toBe(2)
  })

  test('takes a member with an event from another set', () => {
    const { set, members } = bells(2)
    const other = new WaitableSet()
    members[0]?.ring()
    members[0]?.join(other)
    expect([set.ready, other.ready]).toEqual([false, true])
    expect(other.poll(store)).toEqual([1, 0, 0])
    expect([set.members, other.members]).toEqual([1, 1])
  })

  test('sleeps until there is an event, and not where none can come', async () => {
    const { set, members } = bells(2)
    const sleep = set.sleep()
    members[1]?.ring()
    await sleep
    expect(set.waiting).toBe(0)
    expect(ringing(set)).toEqual([1])
    for (const member of members) member.silence()
    expect(() => set.sleep()).toThrow(/nothing in the waitable set can happen/)
  })

  test('fails with a member that failed', () => {
    const { set, members } = bells(1)
    members[0]?.reject('gone')
    expect(set.ready).toBe(true)
    expect(() => set.poll(store)).toThrow('gone')
  })

  test('takes an event of many without a look at the others', () => {
    const count = 100_000
    const { set, members } = bells(count)
    for (const member of members) member.ring()
    expect(ringing(set)).toHaveLength(count)
  })
})
