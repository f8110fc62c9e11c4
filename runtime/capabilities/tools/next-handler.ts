/**
 * `wasi:http/handler@0.3` as an import: the next handler of a middleware is a tool, and gets the request with its bodies
 * as they come.
 *
 * The tool may serve by any standard: what passes between the two are messages of the host.
 *
 * @module
 */
import {
  GuestError,
  setTrailers,
  trailersOf,
  type InvocationContext,
  type WebRequest,
} from '../../host-module/index.ts'
import { isRefusedMethod } from '../../policy/index.ts'
import {
  budgetOf,
  codeNamed,
  httpFailed,
  pairsOf,
  receivedBody,
  receivedFields,
  refused,
  sentRequest,
  ServiceResponse,
  type ErrorCode,
  type Fields,
  type HeaderBudget,
  type ServiceRequest,
} from '../../wasi/http/index.ts'
import { EMPTY_SOURCE, ReadableSource } from '../../wasi/io/index.ts'
import { ToolCall } from './tool-call.ts'
import type { ToolCallContext } from './tool.ts'

export const NEXT_HANDLER = 'wasi:http/handler@0.3'

/** Whether `provided` of a grant is the handler, with or without version. */
export function isNextHandler(provided: string): boolean {
  return /^wasi:http\/handler(@0\.3(\.|$)|$)/.test(provided)
}

// Of the host: the answer of the middleware has its own.
const REQUEST_ID = 'x-request-id'
// A request that a middleware has made may name no server. Tools know this one.
const NAMELESS = 'tool'

const SENT = { tag: 'ok', val: undefined } as const

/**
 * Hands `request` on to the tool that is the next handler.
 *
 * @throws {GuestError} with an error code
 */
export async function handle(
  request: ServiceRequest,
  parts: ToolCallContext,
): Promise<ServiceResponse> {
  const { context, known } = parts
  const { callSignal } = context
  const authority = request.getAuthority()
  if (authority === undefined) request.setAuthority(NAMELESS)
  const { head, sent } = sentRequest(request)
  try {
    const { method, url } = head
    if (url === undefined) throw refused({ tag: 'HTTP-request-URI-invalid' })
    if (isRefusedMethod(method)) throw refused({ tag: 'HTTP-request-method-invalid' })
    const [name = ''] =
      [...known].find(([, { grant }]) => grant.provides?.some(isNextHandler) === true) ?? []
    const forwarding = new Forwarding(admit(name, parts), context, callSignal)
    const connected = head.body?.connect({
      discard: false,
      admits: (bytes) => {
        forwarding.bytesOut += bytes
        return true
      },
      cancelled() {},
    })
    const body = connected?.readable ?? null
    const forwarded: WebRequest = {
      method,
      url: url.href,
      headers: new Headers(pairsOf(head.headers)),
      body,
      arrayBuffer: () => new Response(body as BodyInit | null).arrayBuffer(),
    }
    if (connected !== undefined) setTrailers(forwarded, connected.trailers)
    const response = await forwarding.send(forwarded, () => {
      // Whatever the tool has not read, it will not read any more.
      head.body?.abandon(new TypeError('The request was answered without the rest of its body'))
    })
    if (head.body === undefined) sent(SENT)
    return response
  } catch (error) {
    head.body?.abandon(error)
    sent({ tag: 'err', val: { tag: 'connection-terminated' } })
    throw error
  }
}

/** @throws {GuestError} with an error code */
function admit(name: string, parts: ToolCallContext): ToolCall {
  try {
    return ToolCall.admit(name, parts, `Add "provides": ["wasi:http/handler"] to a tool`)
  } catch (error) {
    if (!(error instanceof GuestError)) throw error
    const isDenied = error.payload === 'denied'
    throw refused({ tag: isDenied ? 'HTTP-request-denied' : 'connection-limit-reached' })
  }
}

/** One request on its way through a tool. It is recorded once, when its answer has ended. */
class Forwarding {
  bytesOut = 0
  #bytesIn = 0
  readonly #call: ToolCall
  readonly #context: InvocationContext
  readonly #signal: AbortSignal
  #stop: () => void = () => {}
  #ended = false

  constructor(call: ToolCall, context: InvocationContext, signal: AbortSignal) {
    this.#call = call
    this.#context = context
    this.#signal = signal
  }

  /** @param onEnd - called when the tool has ended */
  async send(request: WebRequest, onEnd: () => void): Promise<ServiceResponse> {
    const ending = Promise.withResolvers<void>()
    const cut = (): void => this.#stop()
    this.#signal.addEventListener('abort', cut, { once: true })
    const outcome = await this.#call.forward({
      request,
      onBegin: (stop) => {
        this.#stop = stop
        this.#context.outlast?.(ending.promise)
        if (this.#signal.aborted) stop()
      },
      onEnd() {
        ending.resolve()
        onEnd()
      },
    })
    this.#signal.removeEventListener('abort', cut)
    if (outcome.state === 'answered') return this.#received(outcome.response)
    onEnd()
    this.#ends(outcome.hint)
    throw refused(this.#call.isRevoked ? { tag: 'HTTP-request-denied' } : codeOf(outcome))
  }

  #received(response: Response): ServiceResponse {
    const { status, body } = response
    const budget = budgetOf(this.#context)
    const headers = this.#fieldsOf(response, budget)
    const trailers = trailersOf(response)
    if (body === null) {
      this.#ends()
      const content = { source: EMPTY_SOURCE, trailers, budget }
      return new ServiceResponse(status, headers, receivedBody(content))
    }
    const source = new ReadableSource(body, {
      onChunk: (bytes) => void (this.#bytesIn += bytes),
      onEnd: (error) => this.#ends(error === undefined ? undefined : String(error)),
      onError: () =>
        httpFailed('The answer broke off', {
          tag: this.#call.isRevoked ? 'HTTP-request-denied' : 'HTTP-response-incomplete',
        }),
    })
    const release = (): void => {
      this.#ends()
      source.breakOff(new TypeError('The middleware has dropped the answer'))
      this.#stop()
    }
    this.#context.defer(() => {
      if (!this.#ended) release()
    })
    return new ServiceResponse(status, headers, receivedBody({ source, trailers, budget, release }))
  }

  /** @throws {GuestError} with an error code, when there are more than a guest may get */
  #fieldsOf({ headers, body }: Response, budget: HeaderBudget): Fields {
    try {
      const pairs = [...headers].filter(([name]) => name !== REQUEST_ID)
      return receivedFields(pairs, budget, 'size-exceeded')
    } catch {
      this.#ends('The fields of the answer are too many or too large')
      body?.cancel().catch(() => {})
      this.#stop()
      throw refused({ tag: 'HTTP-response-header-section-size', val: undefined })
    }
  }

  #ends(failure?: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#call.forwarded({ bytesIn: this.#bytesIn, bytesOut: this.bytesOut }, failure)
  }
}

function codeOf({ state, code }: { state: string; code?: string }): ErrorCode {
  const named = code === undefined ? undefined : codeNamed(code)
  if (named !== undefined) return named
  switch (state) {
    case 'limited':
      return { tag: 'connection-limit-reached' }
    case 'unavailable':
      return { tag: 'destination-unavailable' }
    default:
      return { tag: 'internal-error', val: undefined }
  }
}
