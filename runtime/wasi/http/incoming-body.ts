/**
 * Bodies that come in: of requests to a guest, and of responses to it.
 *
 * @module
 */
import { InputStream, type ByteSource } from '../io/index.ts'
import { unfit, type ErrorCode } from './error-code.ts'
import { receivedFields, type Fields, type HeaderBudget } from './fields.ts'
import { Future, type Result } from './future.ts'

export interface IncomingContent {
  readonly source: ByteSource
  readonly trailers: Promise<Headers | undefined>
  readonly budget: HeaderBudget
  /** The guest does not want the rest. */
  readonly release?: () => void
}

export class FutureTrailers extends Future<Fields | undefined> {}

export class IncomingBody implements Disposable {
  readonly #content: IncomingContent
  #streamed = false
  #finished = false

  constructor(content: IncomingContent) {
    this.#content = content
  }

  stream(): InputStream {
    if (this.#streamed) throw unfit()
    this.#streamed = true
    return new InputStream(this.#content.source)
  }

  static finish(body: IncomingBody): FutureTrailers {
    body.#finished = true
    return new FutureTrailers(
      body.#content.trailers.then(
        (headers) => received(headers, body.#content.budget),
        () => ({
          tag: 'err',
          val: { tag: 'HTTP-protocol-error' },
        }),
      ),
    )
  }

  [Symbol.dispose](): void {
    if (!this.#finished) this.#content.release?.()
  }
}

function received(
  headers: Headers | undefined,
  budget: HeaderBudget,
): Result<Fields | undefined, ErrorCode> {
  try {
    return { tag: 'ok', val: headers && receivedFields(headers, budget) }
  } catch {
    return { tag: 'err', val: { tag: 'HTTP-protocol-error' } }
  }
}
