/**
 * Writes JSON as UTF-8, piece by piece, into one buffer that grows. Commas come by themselves.
 *
 * @module
 */

const FIRST_BYTES: i32 = 1024

export class JsonWriter {
  private buffer: Uint8Array = new Uint8Array(FIRST_BYTES)
  private length: i32 = 0
  private needsComma: bool = false

  open(bracket: string): this {
    this.separate()
    this.raw(bracket)
    this.needsComma = false
    return this
  }

  close(bracket: string): this {
    this.raw(bracket)
    this.needsComma = true
    return this
  }

  key(name: string): this {
    this.text(name)
    this.raw(':')
    this.needsComma = false
    return this
  }

  text(value: string): this {
    this.separate()
    this.raw('"')
    this.raw(escape(value))
    this.raw('"')
    this.needsComma = true
    return this
  }

  /** Writes the shortest digits that read back as the same number. JSON has no infinite numbers and no NaN. */
  number(value: f64): this {
    this.separate()
    if (!isFinite(value)) this.raw('null')
    else {
      const digits = value.toString()
      this.raw(digits.endsWith('.0') ? digits.substring(0, digits.length - 2) : digits)
    }
    this.needsComma = true
    return this
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length)
  }

  private separate(): void {
    if (this.needsComma) this.raw(',')
  }

  private raw(text: string): void {
    const encoded = String.UTF8.encode(text)
    const end = this.length + encoded.byteLength
    if (end > this.buffer.length) {
      const larger = new Uint8Array(max(end, this.buffer.length * 2))
      memory.copy(larger.dataStart, this.buffer.dataStart, this.length)
      this.buffer = larger
    }
    memory.copy(
      this.buffer.dataStart + this.length,
      changetype<usize>(encoded),
      encoded.byteLength,
    )
    this.length = end
  }
}

function escape(text: string): string {
  let escaped = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0x20 && unit != 0x22 && unit != 0x5c) continue
    escaped += text.substring(from, at)
    escaped +=
      unit < 0x20 ? '\\u' + unit.toString(16).padStart(4, '0') : '\\' + text.charAt(at)
    from = at + 1
  }
  return from == 0 ? text : escaped + text.substring(from)
}
