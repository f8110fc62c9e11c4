/** The state behind BYOB readers. @module */

import { Reader, type Readable } from '../../web/readable-state.ts'
import { ByteSource } from './byte-source.ts'
import { IntoRequests, type ReadIntoRequest } from './into-requests.ts'

/** A BYOB reader, whose lock holds for as long as it has a stream. */
export class IntoReader extends Reader {
  override readonly into: IntoRequests = new IntoRequests()
  readonly #source: ByteSource

  constructor(stream: Readable) {
    const { source } = stream
    if (!(source instanceof ByteSource)) {
      throw new TypeError('Cannot get a reader of mode "byob": the stream is none of bytes')
    }
    super(stream)
    this.#source = source
  }

  /** @param least - in elements of `view` */
  read(view: ArrayBufferView, least: number, request: ReadIntoRequest): void {
    const stream = this.held()
    stream.isDisturbed = true
    if (stream.state === 'errored') request.error(stream.error)
    else this.#source.pullInto(view, least, request)
  }
}
