/**
 * Serves web requests with `wasi:http/incoming-handler`.
 *
 * The request streams in as the guest reads it and the response streams out as the guest writes it.
 *
 * @module
 */
import type {
  Exchange,
  ExchangeContext,
  RequestHandler,
  WebRequest,
} from '../../host-module/index.ts'
import { MayflyError } from '../../errors/index.ts'
import { WASI_HTTP_HANDLER } from '../../serve/index.ts'
import type { ErrorCode } from './error-code.ts'
import type { Result } from './future.ts'
import { contentOf, headersOf, isBehind } from './received-request.ts'
import { IncomingRequest } from './request.ts'
import { ResponseOutparam, type Answer } from './response.ts'
import { checksLength, sendAnswer } from './send-answer.ts'

export const INCOMING_HANDLER: RequestHandler = {
  export: WASI_HTTP_HANDLER,
  open,
}

function open(request: WebRequest, context: ExchangeContext): Exchange {
  let answer: Result<Answer, ErrorCode> | undefined
  let taken = false
  const content = contentOf(request, context)
  const incoming = new IncomingRequest(
    request.method,
    new URL(request.url),
    headersOf(request, context),
    content,
  )
  const outparam = new ResponseOutparam((given) => {
    answer = given
  })
  return {
    args: [incoming, outparam],
    take() {
      if (answer === undefined || taken) return undefined
      taken = true
      if (answer.tag === 'err')
        throw new MayflyError('ERR_GUEST_FAILED', `Agent answered with error "${answer.val.tag}"`)
      return sendAnswer(answer.val, request.method === 'HEAD', context)
    },
    returned() {
      return answer?.tag === 'ok' && answer.val.body?.isFinished() !== false
    },
    checksLength: () => answer?.tag === 'ok' && checksLength(answer.val),
    awaitsRequest: () => isBehind(content),
    fail(error) {
      if (answer?.tag === 'ok') answer.val.body?.abandon(error)
    },
  }
}
