/**
 * Serves web requests with a program: the body of the request is its standard input, its standard output the
 * body of the response.
 *
 * The answer goes out with the first byte the program writes. A program that fails before that has not answered.
 *
 * @module
 */
import {
  type ByteSink,
  type Exchange,
  type ExchangeContext,
  type RequestHandler,
  type WebRequest,
} from '../../host-module/index.ts'
import { BytePipe } from '../io/index.ts'
import { WASI_PROGRAM } from '../../serve/index.ts'

// Bytes of a sink without a reader.
const UNREAD_ROOM = 65_536

export const PROGRAM_HANDLER: RequestHandler = { export: WASI_PROGRAM, open }

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
  const input = request.body === null ? undefined : inputOf(request.body, context)
  return {
    args: [],
    program: { args: [context.invocation.agent], stdin: input?.stream, stdout },
    take() {
      if (sent === 0 && !ended) return undefined
      return new Response(isHead ? null : pipe.readable)
    },
    returned() {
      ended = true
      pipe.close()
      return true
    },
    awaitsRequest: () => input?.isBehind() === true,
    fail: (error) => pipe.fail(error),
  }
}

interface Input {
  readonly stream: ReadableStream<Uint8Array>
  /** Whether more was asked for than has come. */
  isBehind(): boolean
}

/** Reads `body` as the program asks for it, up to the bound of the request. */
function inputOf(body: ReadableStream<Uint8Array>, context: ExchangeContext): Input {
  const reader = body.getReader()
  let received = 0
  let reading = false
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reading = true
        const { done, value } = await reader.read()
        reading = false
        if (done) return controller.close()
        received += value.byteLength
        if (received > context.maxRequestBytes) context.exceeded('request-body', received)
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return { stream, isBehind: () => reading }
}
