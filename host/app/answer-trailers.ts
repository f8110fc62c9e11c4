/**
 * Sends the trailers of an answer, where the platform lets us: Node's response takes them until it is ended.
 *
 * @module
 */
import { hasTrailers, trailersOf } from '../../runtime/host-module/index.ts'

/** The used part of Node's `ServerResponse`. */
interface Outgoing {
  readonly req: { readonly httpVersionMinor: number }
  readonly writableEnded: boolean
  addTrailers(trailers: [string, string][]): void
}

/** @param environment - an object of the adapter beside the request; Node's has `outgoing` */
export function sendTrailers(response: Response, environment: unknown): void {
  if (!hasTrailers(response)) return
  const outgoing = (environment as { outgoing?: Outgoing } | undefined)?.outgoing
  if (outgoing === undefined) return
  // It has no chunks, which Node asks for where trailers are announced.
  // https://www.rfc-editor.org/rfc/rfc9112#section-7.1
  if (outgoing.req.httpVersionMinor === 0) response.headers.delete('trailer')
  // They are known before the body has ended, and so before its writer ends the response.
  trailersOf(response).then(
    (trailers) => {
      if (trailers !== undefined && !outgoing.writableEnded) outgoing.addTrailers([...trailers])
    },
    // The body broke off, which its writer sees too.
    () => {},
  )
}
