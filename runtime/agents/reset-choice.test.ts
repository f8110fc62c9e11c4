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
    expect(new ResetChoice('auto', MIB / 16, true).reset).toBe('copy')
    expect(new ResetChoice('auto', MIB / 8, false).reset).toBe('copy')
    expect(new ResetChoice('auto', 2 * MIB, false).reset).toBe('pages')
  })

  it('marks the pages of small memories while fuel says that calls are very short', () => {
    const choice = new ResetChoice('auto', MIB / 8, true)
    expect([choice.reset, after(choice, 5_000, 10)]).toEqual(['pages', 'pages'])
    expect(after(choice, 20_000, 10)).toBe('copy')
  })

  it('needs no more than one call that burns what many short ones may', () => {
    const choice = new ResetChoice('auto', MIB / 8, true)
    expect(choice.note(200_000, 10)).toBe(false)
    expect(choice.note(20_000_000, 10)).toBe(true)
    expect(choice.reset).toBe('copy')
    expect(choice.note(20_000_000, 10)).toBe(false)
  })

  it('takes up copying when calls are long', () => {
    expect(after(new ResetChoice('auto', 2 * MIB, true), 0, 40)).toBe('pages')
    expect(after(new ResetChoice('auto', 2 * MIB, true), 0, 5_000)).toBe('copy')
  })

  it('goes by fuel where there is any, not by the clock of a busy machine', () => {
    expect(after(new ResetChoice('auto', 2 * MIB, true), 200_000, 5_000)).toBe('pages')
    expect(after(new ResetChoice('auto', 2 * MIB, true), 20_000_000, 1)).toBe('copy')
  })

  it('keeps what a manifest says, and what a component forces', () => {
    expect(after(new ResetChoice('pages', 2 * MIB, true), 0, 5_000)).toBe('pages')
    const forced = new ResetChoice('auto', 2 * MIB, true)
    forced.force('fresh')
    expect(after(forced, 0, 5_000)).toBe('fresh')
  })
})
