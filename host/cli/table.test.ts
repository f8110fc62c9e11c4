/** Tables of the command line. @module */
import { expect, it } from 'vitest'
import { tableOf } from './table.ts'

it('tableOf() aligns its columns and ends no line with blanks', () => {
  const rows = [
    ['shop', 7, ''],
    ['a-long-name', 12, 'yes'],
  ]
  expect(tableOf(['NAME', 'COUNT', 'OFF'], rows)).toBe(
    'NAME         COUNT  OFF\nshop         7\na-long-name  12     yes',
  )
})

it('tableOf() lets no cell begin a line or control a terminal', () => {
  expect(tableOf(['NAME'], [['a\nb\u001b[2J\u202e']])).toBe(
    String.raw`NAME` + '\na\\nb\\x1b[2J\\u202e',
  )
})
