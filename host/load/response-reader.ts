/**
 * Finds where responses of HTTP/1.1 end, and throws their bodies away.
 *
 * It knows what a client of one request at a time needs, and no more: https://www.rfc-editor.org/rfc/rfc9112#section-6.
 *
 * @module
 */

/** A response that cannot be understood, or is not whole. */
export class BrokenResponse extends Error {
  override readonly name = 'BrokenResponse'
}

// A head is within a packet or two. More than this is no HTTP.
const MAX_HEAD_BYTES = 65_536
const MAX_LINE_BYTES = 8_192
const HEAD_END = '\r\n\r\n'
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |\r\n|$)/
const CONTENT_LENGTH = /\r\ncontent-length:[ \t]*(\d+)[ \t]*(?:\r\n|$)/i
const TRANSFER_ENCODING = /\r\ntransfer-encoding:([^\r\n]*)/i
const CONNECTION = /\r\nconnection:([^\r\n]*)/i

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close'

/** Reads one response after another. */
export class ResponseReader {
  readonly #isBodyless: boolean
  #state: State = 'head'
  #head: Buffer | undefined
  #left = 0
  #line = ''
  #status = 0
  #keepsOpen = true

  /** @param isBodyless - whether the requests are `HEAD`: then no response has a body */
  constructor(isBodyless: boolean) {
    this.#isBodyless = isBodyless
  }

  /** Of the last response. */
  get status(): number {
    return this.#status
  }

  /** Whether another request may follow on the connection. */
  get keepsOpen(): boolean {
    return this.#keepsOpen
  }

  /**
   * Takes the next bytes. Returns whether the response is whole.
   *
   * @throws {BrokenResponse}
   */
  read(bytes: Buffer): boolean {
    let at = 0
    for (;;) {
      if (this.#state === 'head') {
        const begin = this.#takeHead(at === 0 ? bytes : bytes.subarray(at))
        if (begin === undefined) return false
        at += begin
        // A head of 1xx comes before that of the response.
        if (this.#status < 200) continue
        if (!this.#hasBody()) return this.#end(bytes.length - at)
      }
      const rest = bytes.length - at
      if (this.#state === 'until-close') return false
      if (this.#state === 'length' || this.#state === 'chunk') {
        const taken = Math.min(this.#left, rest)
        this.#left -= taken
        at += taken
        if (this.#left > 0) return false
        if (this.#state === 'length') return this.#end(bytes.length - at)
        this.#state = 'chunk-end'
      }
      const end = bytes.indexOf('\n', at)
      const stop = end === -1 ? bytes.length : end
      this.#line += bytes.toString('latin1', at, stop)
      if (this.#line.length > MAX_LINE_BYTES) throw new BrokenResponse('a line is too long')
      if (end === -1) return false
      at = end + 1
      const line = this.#line.replace(/\r$/, '')
      this.#line = ''
      if (this.#takeLine(line)) return this.#end(bytes.length - at)
    }
  }

  /** The connection was closed by the server. Returns whether the response is whole by that. */
  close(): boolean {
    return this.#state === 'until-close'
  }

  /** Returns where the body begins in `bytes`, or nothing when the head is not whole. */
  #takeHead(bytes: Buffer): number | undefined {
    const before = this.#head?.length ?? 0
    const all = this.#head === undefined ? bytes : Buffer.concat([this.#head, bytes])
    const end = all.indexOf(HEAD_END)
    if (end === -1) {
      if (all.length > MAX_HEAD_BYTES) throw new BrokenResponse('no HTTP response')
      this.#head = all
      return undefined
    }
    this.#head = undefined
    const head = all.toString('latin1', 0, end)
    const [, minor, status] = STATUS_LINE.exec(head) ?? []
    if (status === undefined) throw new BrokenResponse('no HTTP response')
    this.#status = Number(status)
    const connection = CONNECTION.exec(head)?.[1]?.toLowerCase() ?? ''
    this.#keepsOpen =
      minor === '1' ? !connection.includes('close') : connection.includes('keep-alive')
    this.#left = Number(CONTENT_LENGTH.exec(head)?.[1] ?? -1)
    const isChunked = TRANSFER_ENCODING.exec(head)?.[1]?.toLowerCase().includes('chunked') === true
    if (this.#status >= 200) this.#state = isChunked ? 'chunk-size' : 'length'
    return end + HEAD_END.length - before
  }

  #hasBody(): boolean {
    const isWithout = this.#isBodyless || this.#status === 204 || this.#status === 304
    if (isWithout || (this.#state === 'length' && this.#left === 0)) return false
    if (this.#state === 'length' && this.#left < 0) {
      this.#state = 'until-close'
      this.#keepsOpen = false
    }
    return true
  }

  /** Returns whether the line is the last of the response. */
  #takeLine(line: string): boolean {
    switch (this.#state) {
      case 'chunk-size': {
        const [digits] = /^[0-9a-f]{1,12}(?=[; \t]|$)/i.exec(line) ?? []
        if (digits === undefined) throw new BrokenResponse('a chunk without its length')
        this.#left = Number.parseInt(digits, 16)
        this.#state = this.#left === 0 ? 'trailers' : 'chunk'
        return false
      }
      case 'chunk-end':
        if (line !== '') throw new BrokenResponse('a chunk is longer than its length')
        this.#state = 'chunk-size'
        return false
      default:
        return line === ''
    }
  }

  /** @param more - bytes after the response */
  #end(more: number): true {
    if (more > 0) throw new BrokenResponse('bytes after the response')
    this.#state = 'head'
    return true
  }
}
