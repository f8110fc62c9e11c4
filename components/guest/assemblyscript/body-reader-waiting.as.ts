/**
 * Reads a body piece by piece, for agents that wait without a stack.
 *
 * @module
 */

import { BLOCKED, BodyStream, DROPPED } from './body-stream.as'
import { Call } from './call.as'
import { Request } from './message.as'
import { Gathered, Piece, PIECE_BYTES } from './piece.as'
import { nothing, Outcome } from './result.as'
import { bodyResult, Opened } from './types.gen.as'
import { requestBody } from './waiting.gen.as'

/** One call for all pieces: after `read` the task hears of it, and may call `read` again. */
export class BodyReader extends Call {
  /** The piece that was read last, until `read` is called. Null at the end; `error` says whether that is the end of the body. */
  piece: Uint8Array | null = null
  private memory: Piece | null = null
  private hasEnded: bool = false
  private gathered: Gathered | null = null

  /**
   * @param whole - what is read, if there is no stream
   * @param stream - what is read
   * @param size - the most that one piece has, in bytes
   */
  constructor(
    private whole: Uint8Array | null,
    private stream: BodyStream | null,
    private readonly size: i32 = PIECE_BYTES,
  ) {
    super(nothing, 0)
  }

  /** Reads the body of the request, which may not be there yet. An agent that uses this is called with the head alone. */
  static ofRequest(request: Request): BodyReader {
    return new BodyReader(request.body, request.body.length === 0 ? requestBody.take() : null)
  }

  /** Reads the body of the response to a request that the agent has sent. */
  static ofResponse(opened: Opened): BodyReader {
    return new BodyReader(opened.content.whole, opened.content.arriving)
  }

  /** Begins to read the next piece. Its memory is that of the one before: what has to stay was copied. */
  read(): void {
    this.renew()
    const whole = this.whole
    this.whole = null
    if (this.stream !== null) {
      this.piece = null
      return this.copy()
    }
    this.piece = whole !== null && whole.length > 0 ? whole : null
    this.end(Outcome.ok)
  }

  /** Begins to read all that is left, which is the piece then. `error` says whether it has stopped before its end. */
  readAll(): void {
    if (this.stream !== null) this.gathered = new Gathered()
    this.read()
  }

  /** Called for an event of the stream, or of the future at its end. */
  reach(answer: u32): void {
    this.unwatch()
    if (this.hasEnded) this.finish()
    else if (!this.take(answer)) this.copy()
  }

  /** Reads no more. The sender stops, and the task does not hear of the reader again. */
  cancel(): void {
    this.isGivenUp = true
    const stream = this.stream
    if (stream === null) return
    if (this.waitable !== 0) {
      if (this.hasEnded) stream.cancelReadEnd()
      else stream.cancelRead()
      this.unwatch()
    }
    this.giveBack(stream)
  }

  private copy(): void {
    const stream = assert(this.stream)
    let memory = this.memory
    if (memory === null) this.memory = memory = new Piece(this.size)
    while (!this.hasEnded) {
      const answer = stream.readLater(memory.at, memory.room)
      if (answer === BLOCKED) return this.watch(stream.bytes)
      if (this.take(answer)) return
    }
    if (stream.readEndLater(memory.at) === BLOCKED) this.watch(stream.end)
    else this.finish()
  }

  /** Takes the answer of a copy: whether there is a piece. */
  private take(answer: u32): bool {
    this.hasEnded = (answer & 15) === DROPPED
    if (answer >>> 4 === 0) return false
    const piece = assert(this.memory).take(answer >>> 4)
    const gathered = this.gathered
    if (gathered !== null) {
      gathered.add(piece)
      return false
    }
    this.piece = piece
    this.end(Outcome.ok)
    return true
  }

  private finish(): void {
    const gathered = this.gathered
    if (gathered !== null) this.piece = gathered.all
    this.giveBack(assert(this.stream))
    this.end(bodyResult(assert(this.memory).at))
  }

  private giveBack(stream: BodyStream): void {
    stream.drop()
    this.stream = null
  }
}
