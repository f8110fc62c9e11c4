/**
 * Reads decimal numbers, correctly rounded: the result is the double nearest to the text.
 *
 * The compiler's own `parseFloat` can be off by one unit in the last place. Numbers of up to 15 digits with
 * a small exponent need one exact multiplication or division (Clinger 1990); the others are shifted as
 * decimals until they are a binary fraction of 53 bits, as Go's `strconv` and Wuffs do.
 *
 * @module
 */

import { Decimal } from './decimal.as'

// The powers of ten that a double holds exactly.
const EXACT_POWERS: StaticArray<f64> = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
  1e19, 1e20, 1e21, 1e22,
]

const MINUS: u8 = 0x2d
const PLUS: u8 = 0x2b
const POINT: u8 = 0x2e

/** The number that `bytes` from `start` to `end` spell, or NaN when they spell none. */
export function parseNumber(bytes: Uint8Array, start: i32, end: i32): f64 {
  let at = start
  const negative = at < end && bytes[at] == MINUS
  if (at < end && (bytes[at] == MINUS || bytes[at] == PLUS)) at++
  const digitsStart = at
  let mantissa: u64 = 0
  let digits = 0
  let seen = 0
  let scale = 0
  let afterPoint = false
  for (; at < end; at++) {
    const byte = bytes[at]
    if (byte == POINT && !afterPoint) {
      afterPoint = true
      continue
    }
    if (!isDigit(byte)) break
    seen++
    if (afterPoint) scale--
    if (digits > 0 || byte != 0x30) digits++
    if (digits <= 19) mantissa = mantissa * 10 + (byte - 0x30)
  }
  if (seen == 0) return NaN
  const digitsEnd = at
  let exponent = 0
  if (at < end && (bytes[at] | 0x20) == 0x65) {
    at++
    const isBelow = at < end && bytes[at] == MINUS
    if (at < end && (bytes[at] == MINUS || bytes[at] == PLUS)) at++
    if (at == end) return NaN
    for (; at < end && isDigit(bytes[at]); at++) {
      // Bounded: beyond this every number is zero or infinite.
      if (exponent < 100000) exponent = exponent * 10 + (bytes[at] - 0x30)
    }
    if (isBelow) exponent = -exponent
  }
  if (at != end) return NaN
  const power = exponent + scale
  let value: f64
  if (digits <= 15 && power >= -22 && power <= 22) {
    const exact = <f64>mantissa
    value = power < 0 ? exact / EXACT_POWERS[-power] : exact * EXACT_POWERS[power]
  } else {
    value = new Decimal(bytes, digitsStart, digitsEnd, exponent).toNumber()
  }
  return negative ? -value : value
}

// @ts-ignore: decorator
@inline
function isDigit(byte: u8): bool {
  return byte - 0x30 <= 9
}
