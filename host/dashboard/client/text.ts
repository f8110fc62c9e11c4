/** Values as people read them. Text of guests and clients is shown with marks in place of characters that would move others. @module */
export { printable, printableLines } from '../../../runtime/errors/printable.ts'

const NUMBER = new Intl.NumberFormat('en')
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

export function count(value: number): string {
  return NUMBER.format(value)
}

/** `1 agent`, `2 agents`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

export function bytes(value: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3))
  const scaled = value / 1_000 ** power
  return `${scaled < 10 && power > 0 ? scaled.toFixed(1) : Math.round(scaled)} ${UNITS[power]}`
}

export function milliseconds(value: number): string {
  if (value >= 10_000) return `${(value / 1_000).toFixed(1)} s`
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}

export function uptime(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1) return `${Math.floor(seconds)} s`
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`
}

/** In the time zone of the reader: `14:03:59`. */
export function clock(timeMs: number): string {
  return new Date(timeMs).toTimeString().slice(0, 8)
}

/** The place in a source that a stack names first, such as `agent.ts:3:9`. */
export function placeIn(message: string): string | undefined {
  return /(?:^|[\s(])([\w./@-]+\.[cm]?[jt]sx?:\d+:\d+)\)?$/m.exec(message)?.[1]
}
