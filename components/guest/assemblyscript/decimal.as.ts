/**
 * A decimal of many digits that can be doubled and halved, for rounding to a double exactly.
 *
 * @module
 */

// A double's exact decimal expansion, and so every tie between two doubles, has at most 767 digits.
const MAX_DIGITS: i32 = 800
// The most bits a shift may have so that a digit times 2^bits plus the carry fits 64 bits.
const MAX_SHIFT: i32 = 58

export class Decimal {
  private digits: StaticArray<u8> = new StaticArray<u8>(MAX_DIGITS)
  private count: i32 = 0
  /** Where the decimal point is, counted in digits from the left. */
  private point: i32 = 0
  /** Digits other than zero were cut off at the right. */
  private truncated: bool = false

  constructor(bytes: Uint8Array, start: i32, end: i32, exponent: i32) {
    let afterPoint = false
    for (let at = start; at < end; at++) {
      const byte = bytes[at]
      if (byte == 0x2e) {
        afterPoint = true
        continue
      }
      if (!afterPoint && (this.count > 0 || byte != 0x30)) this.point++
      if (this.count == 0 && byte == 0x30) {
        if (afterPoint) this.point--
        continue
      }
      if (this.count < MAX_DIGITS) this.digits[this.count++] = byte - 0x30
      else {
        if (byte != 0x30) this.truncated = true
      }
    }
    this.point += exponent
    this.trim()
  }

  /** The nearest double. Consumes this decimal. */
  toNumber(): f64 {
    if (this.count == 0 || this.point < -330) return 0
    if (this.point > 310) return Infinity
    let exponent = 0
    while (this.point > 0) {
      const bits = this.point >= 9 ? 27 : this.point * 3
      this.halve(bits)
      exponent += bits
    }
    while (this.point < 0 || (this.point == 0 && this.digits[0] < 5)) {
      const bits = this.point <= -9 ? 27 : this.point < 0 ? -this.point * 3 : 1
      this.double(bits)
      exponent -= bits
    }
    // Now in [0.5, 1); as a double is written, in [1, 2).
    exponent--
    if (exponent < -1022) {
      let bits = -1022 - exponent
      exponent = -1022
      for (; bits > 0; bits -= MAX_SHIFT) this.halve(min(bits, MAX_SHIFT))
    }
    this.double(53)
    let mantissa = this.round()
    if (mantissa == <u64>1 << 53) {
      mantissa >>= 1
      exponent++
    }
    if (exponent > 1023) return Infinity
    const isSubnormal = (mantissa & (<u64>1 << 52)) == 0
    const biased: u64 = isSubnormal ? 0 : <u64>(exponent + 1023)
    return reinterpret<f64>((biased << 52) | (mantissa & 0xfffffffffffff))
  }

  /** Divides by 2^bits. */
  private halve(bits: i32): void {
    let read = 0
    let write = 0
    let rest: u64 = 0
    for (; rest >> bits == 0; read++) {
      if (read >= this.count && rest == 0) {
        this.count = 0
        return
      }
      rest = rest * 10 + (read < this.count ? this.digits[read] : 0)
    }
    this.point -= read - 1
    const mask = (<u64>1 << bits) - 1
    for (; read < this.count; read++) {
      this.digits[write++] = <u8>(rest >> bits)
      rest = (rest & mask) * 10 + this.digits[read]
    }
    while (rest > 0) {
      const digit = <u8>(rest >> bits)
      rest = (rest & mask) * 10
      if (write < MAX_DIGITS) this.digits[write++] = digit
      else {
        if (digit > 0) this.truncated = true
      }
    }
    this.count = write
    this.trim()
  }

  /** Multiplies by 2^bits. */
  private double(bits: i32): void {
    // From the right, each digit times 2^bits plus the carry. The last carry becomes new digits at the left.
    let carry: u64 = 0
    for (let at = this.count - 1; at >= 0; at--) {
      const value = (<u64>this.digits[at] << bits) + carry
      this.digits[at] = <u8>(value % 10)
      carry = value / 10
    }
    let grown = 0
    for (let rest = carry; rest > 0; rest /= 10) grown++
    if (grown == 0) return
    const kept = min(this.count, MAX_DIGITS - grown)
    for (let at = kept; at < this.count; at++) {
      if (this.digits[at] > 0) this.truncated = true
    }
    memory.copy(
      changetype<usize>(this.digits) + <usize>grown,
      changetype<usize>(this.digits),
      kept,
    )
    for (let at = grown - 1; at >= 0; at--) {
      this.digits[at] = <u8>(carry % 10)
      carry /= 10
    }
    this.count = kept + grown
    this.point += grown
    this.trim()
  }

  /** The integer part, rounded to the nearest, ties to even. */
  private round(): u64 {
    let value: u64 = 0
    for (let at = 0; at < this.point; at++) {
      value = value * 10 + (at < this.count ? this.digits[at] : 0)
    }
    if (this.point < 0 || this.point >= this.count) return value
    const next = this.digits[this.point]
    const isTie = next == 5 && this.point + 1 == this.count && !this.truncated
    const isUp = isTie ? (value & 1) == 1 : next >= 5
    return isUp ? value + 1 : value
  }

  private trim(): void {
    while (this.count > 0 && this.digits[this.count - 1] == 0) this.count--
    if (this.count == 0) this.point = 0
  }
}
