/**
 * Reads CSV (RFC 4180) from bytes, cell by cell: quotes are honoured, and either line break ends a row.
 *
 * @module
 */

const QUOTE: u8 = 0x22
const COMMA: u8 = 0x2c
const RETURN: u8 = 0x0d
const NEWLINE: u8 = 0x0a

export class CsvReader {
  /** Where the cell that `next` found lies, without its quotes. */
  start: i32 = 0
  end: i32 = 0
  /** The cell was the last of its row. */
  endsRow: bool = false
  private at: i32 = 0

  constructor(private readonly bytes: Uint8Array) {
    // Spreadsheets put a byte order mark first.
    if (bytes.length >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf) this.at = 3
  }

  /** Moves to the next cell; false when there is none. */
  next(): bool {
    const bytes = this.bytes
    const length = bytes.length
    let at = this.at
    if (at >= length) return false
    if (bytes[at] == QUOTE) {
      this.start = ++at
      while (at < length && !(bytes[at] == QUOTE && !(at + 1 < length && bytes[at + 1] == QUOTE))) {
        at += bytes[at] == QUOTE ? 2 : 1
      }
      this.end = min(at, length)
      while (at < length && bytes[at] != COMMA && bytes[at] != NEWLINE) at++
    } else {
      this.start = at
      while (at < length && bytes[at] != COMMA && bytes[at] != NEWLINE) at++
      this.end = at
      if (at > this.start && bytes[at - 1] == RETURN && (at == length || bytes[at] == NEWLINE)) {
        this.end--
      }
    }
    this.endsRow = at >= length || bytes[at] == NEWLINE
    this.at = at + 1
    return true
  }

  /** The cell as text. */
  text(): string {
    const text = String.UTF8.decodeUnsafe(this.bytes.dataStart + this.start, this.end - this.start)
    return text.replaceAll('""', '"')
  }
}
