import { expect, test } from 'vitest'
import { Pace } from './pace.ts'

test('Pace is over when a guest has computed for two milliseconds, and begins anew with its turn', () => {
  const pace = new Pace()
  pace.begins(100)
  pace.passes(101)
  expect(pace.isOver).toBe(false)
  pace.passes(102)
  expect(pace.isOver).toBe(true)
  pace.goesOn(110)
  expect(pace.isOver).toBe(false)
  pace.passes(111.9)
  expect(pace.isOver).toBe(false)
})

test('Pace counts from when a guest begins, though it is asked before whether it may', () => {
  const pace = new Pace()
  pace.passes(1_000)
  pace.begins(1_001)
  pace.passes(1_002)
  expect(pace.isOver).toBe(false)
})

test('Pace counts hardly anything of a long wait, and all of many short ones', () => {
  const sleeper = new Pace()
  sleeper.begins(0)
  sleeper.waits()
  sleeper.passes(1_000)
  expect(sleeper.isOver).toBe(false)
  // A host that answers at once lets no turn of the event loop pass.
  const busy = new Pace()
  busy.begins(0)
  for (let now = 0.1; now < 2.2; now += 0.1) {
    busy.waits()
    busy.passes(now)
  }
  expect(busy.isOver).toBe(true)
})
