/**
 * The digest of a body, by `crypto.subtle`: a service on nothing but Web APIs, as it runs under any host of
 * `wasi:http`. It knows nothing of Mayfly.
 *
 * @module
 */

/** The event `fetch`. The type library of workers has it for service workers only. */
interface FetchEvent extends Event {
  readonly request: Request
  respondWith(response: Response | Promise<Response>): void
}

const ALGORITHMS = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']

addEventListener('fetch', (event) => {
  // The cast: the declared type of the event is that of any other name.
  const { request, respondWith } = event as FetchEvent
  respondWith.call(event, digest(request))
})

async function digest(request: Request): Promise<Response> {
  const algorithm = new URL(request.url).searchParams.get('algorithm') ?? 'SHA-256'
  if (!ALGORITHMS.includes(algorithm)) {
    return Response.json({ error: 'unknown algorithm', known: ALGORITHMS }, { status: 400 })
  }
  const hash = await crypto.subtle.digest(algorithm, await request.arrayBuffer())
  const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0'))
  return Response.json({ algorithm, digest: hex.join('') })
}
