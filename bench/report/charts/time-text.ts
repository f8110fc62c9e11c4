/** Durations for people. @module */
import { figure } from '../table.ts'

export function timeText(micros: number): string {
  if (micros >= 1_000_000) return `${figure(micros / 1_000_000)} s`
  return micros >= 1000 ? `${figure(micros / 1000)} ms` : `${figure(micros)} µs`
}
