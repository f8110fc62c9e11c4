/**
 * Serves web requests with `wasi:http/handler@0.3`.
 *
 * The guest returns the response and goes on: it writes the body then. A body that it does not write itself, of a request
 * or of a response of another server, goes out also when the guest has ended.
 *
 * @module
 */
import type {
  Exchange,
  ExchangeContext,
  RequestHandler,
  WebRequest,
} from '../../../host-module/index.ts'
import { WASI_HTTP_SERVICE } from '../../../serve/index.ts'
import { contentOf, headersOf, isBehind } from '../received-request.ts'
import { checksLength, sendAnswer } from '../send-answer.ts'
import { receivedBody } from './message-body.ts'
import { Request } from './request.ts'
import { Response, sentResponse, type SentResponse } from './response.ts'

export const SERVICE_HANDLER: RequestHandler = {
  export: WASI_HTTP_SERVICE,
  open,
}

function open(request: WebRequest, context: ExchangeContext): Exchange {
  let answer: SentResponse | undefined
  let taken = false
  const content = contentOf(request, context)
  const headers = headersOf(request, context, 'size-exceeded')
  const received = { method: request.method, url: new URL(request.url) }
  const incoming = new Request(headers, receivedBody(content), { received })
  return {
    args: [incoming],
    take() {
      if (answer === undefined || taken) return undefined
      taken = true
      const response = sendAnswer(answer, request.method === 'HEAD', context)
      if (answer.body === undefined) answer.sent({ tag: 'ok', val: undefined })
      return response
    },
    returned(value) {
      if (value instanceof Response) answer = sentResponse(value)
      return answer !== undefined
    },
    delivering: () => answer?.body?.over,
    checksLength: () => answer !== undefined && checksLength(answer),
    awaitsRequest: () => isBehind(content),
    fail: (error) => answer?.body?.abandon(error),
  }
}
