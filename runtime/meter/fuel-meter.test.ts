import { expect, test } from 'vitest'
import { FuelMeter } from './fuel-meter.ts'

test('FuelMeter.endSlice() has the next check ask, and counts nothing twice', () => {
  const meter = new FuelMeter(100)
  let asked = 0
  meter.begin({ mayContinue: () => ++asked > 0 })
  meter.global.value -= 30
  meter.endSlice()
  meter.endSlice()
  expect(meter.global.value).toBe(-1)
  expect(meter.used).toBe(30)
  expect(meter.imports.out_of_fuel()).toBe(0)
  expect(asked).toBe(1)
  expect(meter.used).toBe(30)
  expect(meter.global.value).toBeGreaterThanOrEqual(0)
})

test('FuelMeter.stop() grants nothing any more, and keeps what was used', () => {
  const meter = new FuelMeter(100)
  meter.begin()
  meter.global.value -= 30
  meter.stop()
  expect(meter.used).toBe(30)
  expect(meter.imports.out_of_fuel()).toBe(0)
  expect(meter.global.value).toBeLessThan(0)
  expect(meter.exhausted).toBe('stopped')
})

test('FuelMeter has a guest wait where its allowance says so, after it was granted a slice', () => {
  const meter = new FuelMeter(100)
  const turns: (Promise<void> | undefined)[] = [undefined, Promise.resolve()]
  meter.begin({ pause: () => turns.shift() })
  for (const waits of [0, 1]) {
    meter.global.value = -1
    expect(meter.imports.out_of_fuel()).toBe(waits)
    expect(meter.global.value).toBeGreaterThan(0)
  }
})
