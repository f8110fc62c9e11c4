/**
 * Names of the files of a chain: `HOST-WRITER.audit`, `HOST-WRITER.0002.audit` and so on.
 *
 * Names of hosts begin with the time they were started, so names sort by host.
 *
 * @module
 */

export const AUDIT_SUFFIX = '.audit'
export const HEAD_SUFFIX = '.head'

export interface Segment {
  /** `HOST-WRITER`. */
  readonly chain: string
  /** Counted from 1. */
  readonly number: number
}

const DIGITS = 4
const NAME = /^(.*?)(?:\.(\d{4,9}))?\.audit$/

export function segmentName({ chain, number }: Segment): string {
  const suffix = number === 1 ? '' : `.${String(number).padStart(DIGITS, '0')}`
  return `${chain}${suffix}${AUDIT_SUFFIX}`
}

export function parseSegmentName(name: string): Segment {
  const [, chain = name, number = '1'] = NAME.exec(name) ?? []
  return { chain, number: Number(number) }
}

/** For sorting: by chain, then in the order they were written. */
export function compareSegments(a: string, b: string): number {
  const [left, right] = [parseSegmentName(a), parseSegmentName(b)]
  if (left.chain !== right.chain) return left.chain < right.chain ? -1 : 1
  return left.number - right.number
}
