import { describe, expect, it } from 'vitest'
import { isCron } from './cron.ts'

const GOOD = [
  '* * * * *',
  '*/5 * * * *',
  '0 4 * * MON-FRI',
  '0,30 8-18/2 1,15 jan-mar 7',
  '59 23 31 12 0',
]

const BAD = [
  '',
  '* * * *',
  '* * * * * *',
  ' * * * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 8',
  '5/10 * * * *',
  '*/0 * * * *',
  '*/60 * * * *',
  '30-10 * * * *',
  '1-2-3 * * * *',
  '1,,2 * * * *',
  '* * L * *',
  '@daily',
  '* * * * MON#1',
  '-1 * * * *',
  '1e1 * * * *',
]

describe('isCron()', () => {
  it.each(GOOD)('takes "%s"', (text) => expect(isCron(text)).toBe(true))

  it.each(BAD)('refuses "%s"', (text) => expect(isCron(text)).toBe(false))
})
