/**
 * Arithmetic by recursive descent, over the bytes of a JSON string. An expression has no escapes, so the text between
 * the quotes is read unchanged.
 *
 * @module
 */
import { parseNumber } from 'mayfly/guest/assemblyscript'

const QUOTE: u8 = 0x22
const SPACE: u8 = 0x20
const OPEN: u8 = 0x28
const CLOSE: u8 = 0x29
const TIMES: u8 = 0x2a
const PLUS: u8 = 0x2b
const MINUS: u8 = 0x2d
const POINT: u8 = 0x2e
const SLASH: u8 = 0x2f

// Deeper than people write by hand, and far from the end of the stack.
const MAX_DEPTH: i32 = 100

export class Expression {
  /** Whether all that was read makes sense. */
  isSound: bool = true
  private at: i32 = 0
  private depth: i32 = 0

  constructor(private readonly text: Uint8Array) {}

  value(): f64 {
    this.expect(QUOTE)
    const value = this.sum()
    this.expect(QUOTE)
    if (this.at != this.text.length) this.isSound = false
    return value
  }

  private sum(): f64 {
    let value = this.product()
    while (this.isSound) {
      if (this.accept(PLUS)) value += this.product()
      else if (this.accept(MINUS)) value -= this.product()
      else break
    }
    return value
  }

  private product(): f64 {
    let value = this.factor()
    while (this.isSound) {
      if (this.accept(TIMES)) value *= this.factor()
      else if (this.accept(SLASH)) value /= this.factor()
      else break
    }
    return value
  }

  private factor(): f64 {
    if (++this.depth > MAX_DEPTH) this.isSound = false
    let value: f64 = 0
    if (!this.isSound) return value
    if (this.accept(MINUS)) value = -this.factor()
    else if (this.accept(OPEN)) {
      value = this.sum()
      this.expect(CLOSE)
    } else value = this.number()
    this.depth--
    return value
  }

  private number(): f64 {
    const start = this.at
    while (isDigit(this.peek()) || this.peek() == POINT) this.at++
    if (this.at == start) this.isSound = false
    return parseNumber(this.text, start, this.at)
  }

  private expect(byte: u8): void {
    if (!this.accept(byte)) this.isSound = false
  }

  private accept(byte: u8): bool {
    while (this.peek() == SPACE) this.at++
    if (this.peek() != byte) return false
    this.at++
    while (this.peek() == SPACE) this.at++
    return true
  }

  private peek(): u8 {
    return this.at < this.text.length ? this.text[this.at] : 0
  }
}

function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39
}
