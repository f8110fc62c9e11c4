import { describe, expect, it } from 'vitest'
import { ResetChoice } from './reset-choice.ts'

const MIB = 1_048_576
const MANY_CALLS = 2_000

function after(choice: ResetChoice, fuel: number, micros: number): string {
  for (let call = 0; call < MANY_CALLS; call++) choice.note(fuel, micros)
  return choice.reset
}

describe('ResetChoice', () => {
  it('copies small memories and marks the pages of large ones', () => {
    expect(new ResetChoice('auto', MIB / 8).reset).toBe('copy')
    expect(new ResetChoice('auto', 2 * MIB).reset).toBe('pages')
  })

  it('takes up copying when calls are long', () => {
    expect(after(new ResetChoice('auto', 2 * MIB), 0, 40)).toBe('pages')
    expect(after(new ResetChoice('auto', 2 * MIB), 0, 5_000)).toBe('copy')
  })

  it('goes by fuel where there is any, not by the clock of a busy machine', () => {
    expect(after(new ResetChoice('auto', 2 * MIB), 200_000, 5_000)).toBe('pages')
    expect(after(new ResetChoice('auto', 2 * MIB), 20_000_000, 1)).toBe('copy')
  })

  it('keeps what a manifest says, and what a component forces', () => {
    expect(after(new ResetChoice('pages', 2 * MIB), 0, 5_000)).toBe('pages')
    const forced = new ResetChoice('auto', 2 * MIB)
    forced.force('fresh')
    expect(after(forced, 0, 5_000)).toBe('fresh')
  })
})
