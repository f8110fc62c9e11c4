/**
 * The page of the operator at its own origin, in front of the control plane.
 *
 * Its files hold nothing of the host: they are for everyone who may ask this address by its name. No page of an agent is of
 * this origin, so none reads it, and its policy lets nothing run or load but its own files.
 *
 * @module
 */

/** A file of the page. */
export interface PageFile {
  readonly type: string
  readonly body: Uint8Array<ArrayBuffer>
  /** Of its content, with quotes. */
  readonly etag: string
}

export interface ServePageOptions {
  /** By path. Asked when the page is. */
  readonly files: () => Promise<ReadonlyMap<string, PageFile>>
  /** Whether the page answers to a host, with its port, that a request names. A website can make its name lead here. */
  readonly isHostAllowed: (host: string) => boolean
  /** Answers what is no file of the page. */
  readonly control: (request: Request) => Response | Promise<Response>
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

// Without a code: https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
const EVERY_ANSWER = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

const HOST_REFUSED =
  'the page does not answer to this name: ask it by its address, or give the host --allow-host with that name'

/** Returns what answers every request at the origin of the page. */
export function servePage({
  files,
  isHostAllowed,
  control,
}: ServePageOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/-/')) return guarded(await control(request))
    // The header, as everywhere: the URL is made of it.
    const host = request.headers.get('host') ?? new URL(request.url).host
    if (!isHostAllowed(host)) return refusal(403, HOST_REFUSED)
    const file = (await files()).get(pathname)
    if (file === undefined) return guarded(await control(request))
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refusal(405, `method ${request.method} not allowed`, { allow: 'GET, HEAD' })
    return answer(file, request)
  }
}

function answer({ type, body, etag }: PageFile, { method, headers }: Request): Response {
  // Asked again each time: another version of the host has other files.
  const fields = { ...EVERY_ANSWER, 'cache-control': 'no-cache', 'content-type': type, etag }
  if (headers.get('if-none-match') === etag)
    return new Response(null, { status: 304, headers: fields })
  return new Response(method === 'HEAD' ? null : body, { headers: fields })
}

function refusal(status: number, error: string, headers: Record<string, string> = {}): Response {
  return guarded(Response.json({ error, requestId: '' }, { status, headers }))
}

/** Text of agents is in these answers: no browser may take them for a page, and no page of others read them. */
function guarded(response: Response): Response {
  for (const [name, value] of Object.entries(EVERY_ANSWER)) response.headers.set(name, value)
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store')
  return response
}
