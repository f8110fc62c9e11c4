/**
 * Reads the trailers of a request, where the platform lets us: Node's has them once its body has ended.
 *
 * @module
 */

import { setTrailers, type WebHeaders, type WebRequest } from '../../runtime/host-module/index.ts'

/** The used part of Node's `IncomingMessage`. */
interface Incoming {
  readonly complete: boolean
  readonly rawTrailers: readonly string[]
  once(event: 'close', listener: () => void): void
}

/** @param environment - an object of the adapter beside the request; Node's has `incoming` */
export function receiveTrailers(
  request: WebRequest,
  headers: WebHeaders,
  environment: unknown,
): void {
  // Only a chunked body has room for them. https://www.rfc-editor.org/rfc/rfc9112#section-7.1.2
  if (headers.get('transfer-encoding') === null) return
  const incoming = (environment as { incoming?: Incoming } | undefined)?.incoming
  if (incoming === undefined) return
  const following = new Promise<Headers | undefined>((resolve, reject) => {
    incoming.once('close', () => {
      if (incoming.complete) resolve(toHeaders(incoming.rawTrailers))
      else reject(new Error('The body broke off'))
    })
  })
  // Most agents do not ask.
  following.catch(() => {})
  setTrailers(request, following)
}

function toHeaders(list: readonly string[]): Headers | undefined {
  if (list.length === 0) return undefined
  const headers = new Headers()
  for (let i = 0; i + 1 < list.length; i += 2) headers.append(list[i] ?? '', list[i + 1] ?? '')
  return headers
}
