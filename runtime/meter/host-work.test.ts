import { describe, expect, it } from 'vitest'
import { FuelMeter } from './fuel-meter.ts'

/** Acts as a guest that used `fuel` and reaches its next check. */
function check(meter: FuelMeter, fuel: number): void {
  meter.global.value -= fuel
  if (meter.global.value < 0) meter.imports.out_of_fuel()
}

describe('FuelMeter.spend()', () => {
  it("counts what the host uses as used, and as the host's", () => {
    const meter = new FuelMeter(1000)
    meter.begin({ fuel: 100_000 })
    meter.spend(3)
    expect([meter.used, meter.left, meter.hostFuel]).toEqual([3, 99_997, 3])
    meter.spend(20_000)
    check(meter, 500)
    expect([meter.used, meter.left, meter.hostFuel]).toEqual([20_503, 79_497, 20_003])
    expect(meter.exhausted).toBeUndefined()
    meter.begin({ fuel: 100 })
    expect([meter.used, meter.hostFuel]).toEqual([0, 0])
  })

  it('stops the guest at its next check when the host has used the rest', () => {
    for (const spent of [99_000, 100_001, 2 ** 40]) {
      const meter = new FuelMeter(1000)
      meter.begin({ fuel: 100_000 })
      meter.spend(spent)
      check(meter, 1)
      expect(meter.exhausted).toBe(spent < 100_000 ? undefined : 'budget')
      // The guest continues while the global is not below zero, and decrements it further.
      expect(meter.global.value < 0).toBe(spent > 100_000)
      expect(meter.overspent).toBe(spent > 100_000)
    }
  })

  it('has the guest asked after a slice of work, by the guest or by its host', () => {
    let asked = 0
    const meter = new FuelMeter(100_000)
    meter.begin({ mayContinue: () => ++asked > 0 })
    for (let call = 0; call < 1000; call++) {
      meter.spend(1600)
      check(meter, 10)
    }
    expect(asked).toBeGreaterThanOrEqual(15)
    expect(asked).toBeLessThanOrEqual(17)
    expect(meter.used).toBe(1000 * 1610)
  })

  it('does not wrap the global, however much the host has used between two checks', () => {
    const meter = new FuelMeter()
    meter.begin()
    for (let call = 0; call < 8; call++) meter.spend(2 ** 30)
    expect(meter.global.value).toBeLessThan(0)
    expect(meter.used).toBe(8 * 2 ** 30)
    check(meter, 1)
    expect(meter.global.value).toBeGreaterThanOrEqual(0)
    expect(meter.used).toBe(8 * 2 ** 30 + 1)
  })
})
