/**
 * Reads a body piece by piece, for agents that wait with a stack.
 *
 * @module
 */

import { BodyStream, DROPPED } from './body-stream.as'
import { requestBody } from './host.gen.as'
import { Request } from './message.as'
import { Gathered, Piece, PIECE_BYTES } from './piece.as'
import { bodyResult, Opened } from './types.gen.as'

export class BodyReader {
  /** Why the body stopped before its end, as `body-error` of types.wit names it; empty when it did not, or goes on. */
  error: string = ''
  private piece: Piece | null = null
  private hasEnded: bool = false

  /**
   * @param whole - what is read, if there is no stream
   * @param stream - what is read
   * @param size - the most that one piece has, in bytes
   */
  constructor(
    private whole: Uint8Array | null,
    private stream: BodyStream | null,
    private readonly size: i32 = PIECE_BYTES,
  ) {}

  /** Reads the body of the request, which may not be there yet. An agent that uses this is called with the head alone. */
  static ofRequest(request: Request): BodyReader {
    return new BodyReader(request.body, request.body.length === 0 ? requestBody.take() : null)
  }

  /** Reads the body of the response to a request that the agent has sent. */
  static ofResponse(opened: Opened): BodyReader {
    return new BodyReader(opened.content.whole, opened.content.arriving)
  }

  /**
   * Waits for the next piece. Its memory is that of the one after it: copy what has to stay. Null at the end, and when the
   * body has stopped before: `error` says so.
   */
  read(): Uint8Array | null {
    const stream = this.stream
    if (stream === null) {
      const whole = this.whole
      this.whole = null
      return whole !== null && whole.length > 0 ? whole : null
    }
    let piece = this.piece
    if (piece === null) this.piece = piece = new Piece(this.size)
    while (!this.hasEnded) {
      const copied = stream.read(piece.at, piece.room)
      this.hasEnded = (copied & 15) === DROPPED
      if (copied >>> 4 > 0) return piece.take(copied >>> 4)
    }
    const out = piece.at
    stream.readEnd(out)
    this.error = bodyResult(out).error
    this.cancel()
    return null
  }

  /** Waits for all that is left. Look at `error`: a body that has stopped before its end is returned as far as it came. */
  readAll(): Uint8Array {
    const gathered = new Gathered()
    for (let piece = this.read(); piece !== null; piece = this.read()) gathered.add(piece)
    return gathered.all
  }

  /** Reads no more. The sender stops. */
  cancel(): void {
    const stream = this.stream
    this.stream = null
    this.whole = null
    if (stream !== null) stream.drop()
  }
}
