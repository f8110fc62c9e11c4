/**
 * Sends the requests of agents by the `fetch` of the platform.
 *
 * It sees no addresses, so it cannot tell the networks of a rule apart: it is for platforms whose `fetch` reaches no private
 * network, such as Workers. A rule that grants a private network gains nothing from it. In Node a program uses
 * `guardedFetch`.
 *
 * @module
 */
import type { HttpDriver } from '../../../runtime/capabilities/http/index.ts'

/**
 * The driver over `fetch`.
 *
 * @param fetch - sends a request
 *
 * @example
 * ```ts
 * const drivers = { http: webFetch() }
 * ```
 */
export function webFetch(
  fetch: (request: Request) => Promise<Response> = platformFetch,
): HttpDriver {
  return {
    name: 'web-fetch',
    fetch(request, { signal }) {
      // Each hop needs a grant of its own. The signal ends the request with its invocation.
      return fetch(new Request(request, { redirect: 'manual', signal }))
    },
  }
}

/** A function of its own: on Workers `fetch` refuses to be called as a method of something else. */
function platformFetch(request: Request): Promise<Response> {
  return fetch(request)
}
