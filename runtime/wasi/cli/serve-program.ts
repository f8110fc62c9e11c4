/**
 * Serves web requests with a program: the body of the request is its standard input, its standard output the
 * body of the response.
 *
 * The answer goes out with the first byte the program writes; one that fails before has not answered.
 *
 * @module
 */
import {
  BytePipe,
  type ByteSink,
  type Exchange,
  type ExchangeContext,
  type RequestHandler,
  type WebRequest,
} from '../../capability/index.ts'

// Of a sink that nobody reads.
const UNREAD_ROOM = 65_536

export const PROGRAM_HANDLER: RequestHandler = { export: 'wasi:cli/run#run', open }

function open(request: WebRequest, context: ExchangeContext): Exchange {
  const pipe = new BytePipe(() => context.cancelled())
  let sent = 0
  let ended = false
  const isHead = request.method === 'HEAD'
  const stdout: ByteSink = {
    room: () => (isHead ? UNREAD_ROOM : pipe.room()),
    wait: () => (isHead ? Promise.resolve() : pipe.wait()),
    write(bytes) {
      sent += bytes.byteLength
      if (sent > context.maxResponseBytes) context.exceeded('response-body', sent)
      if (!isHead) pipe.write(bytes)
    },
  }
  const stdin = request.body?.pipeThrough(bounded(context))
  return {
    args: [],
    program: { args: [context.invocation.agent], stdin, stdout },
    take() {
      if (sent === 0 && !ended) return undefined
      return new Response(isHead ? null : pipe.readable)
    },
    returned() {
      ended = true
      pipe.close()
      return true
    },
    fail: (error) => pipe.fail(error),
  }
}

/** Passes on what is within the bound of the request. */
function bounded(context: ExchangeContext): TransformStream<Uint8Array, Uint8Array> {
  let received = 0
  return new TransformStream({
    transform(chunk, controller) {
      received += chunk.byteLength
      if (received > context.maxRequestBytes) context.exceeded('request-body', received)
      else controller.enqueue(chunk)
    },
  })
}
