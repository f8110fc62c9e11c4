/** `fetch`, and what it takes and gives. @module */

type HeadersInit = [string, string][] | Record<string, string> | Headers
interface Headers {
  append(name: string, value: string): void
  delete(name: string): void
  get(name: string): string | null
  getSetCookie(): string[]
  has(name: string): boolean
  set(name: string, value: string): void
  forEach(callback: (value: string, name: string, parent: Headers) => void, thisArg?: any): void
  entries(): WebIterator<[string, string]>
  keys(): WebIterator<string>
  values(): WebIterator<string>
  [Symbol.iterator](): WebIterator<[string, string]>
}
declare var Headers: { prototype: Headers; new (init?: HeadersInit): Headers }

type RequestCache =
  'default' | 'force-cache' | 'no-cache' | 'no-store' | 'only-if-cached' | 'reload'
type RequestCredentials = 'include' | 'omit' | 'same-origin'
type RequestDestination = ''
type RequestDuplex = 'half'
type RequestMode = 'cors' | 'navigate' | 'no-cors' | 'same-origin'
type RequestPriority = 'auto' | 'high' | 'low'
type RequestRedirect = 'error' | 'follow' | 'manual'
type ReferrerPolicy =
  | ''
  | 'no-referrer'
  | 'no-referrer-when-downgrade'
  | 'origin'
  | 'origin-when-cross-origin'
  | 'same-origin'
  | 'strict-origin'
  | 'strict-origin-when-cross-origin'
  | 'unsafe-url'
type RequestInfo = Request | string

interface RequestInit {
  method?: string
  headers?: HeadersInit
  body?: BodyInit | null
  signal?: AbortSignal | null
  redirect?: RequestRedirect
  /** Has to be given with a stream as body. */
  duplex?: RequestDuplex
  /** Kept, and without an effect, as all below: an agent has no cookies, cache or page. */
  mode?: RequestMode
  credentials?: RequestCredentials
  cache?: RequestCache
  referrer?: string
  referrerPolicy?: ReferrerPolicy
  integrity?: string
  keepalive?: boolean
  priority?: RequestPriority
  window?: null
}

interface Request extends Body {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal
  readonly redirect: RequestRedirect
  readonly duplex: RequestDuplex
  readonly mode: RequestMode
  readonly credentials: RequestCredentials
  readonly cache: RequestCache
  readonly destination: RequestDestination
  readonly referrer: string
  readonly referrerPolicy: ReferrerPolicy
  readonly integrity: string
  readonly keepalive: boolean
  clone(): Request
}
declare var Request: {
  prototype: Request
  new (input: RequestInfo | URL, init?: RequestInit): Request
}

interface ResponseInit {
  status?: number
  statusText?: string
  headers?: HeadersInit
  /** With status 101: the first end of a `WebSocketPair`. */
  webSocket?: WebSocket | null
}
type ResponseType = 'basic' | 'cors' | 'default' | 'error' | 'opaque' | 'opaqueredirect'

interface Response extends Body {
  readonly status: number
  readonly statusText: string
  readonly ok: boolean
  readonly headers: Headers
  readonly redirected: boolean
  readonly type: ResponseType
  readonly url: string
  clone(): Response
}
declare var Response: {
  prototype: Response
  new (body?: BodyInit | null, init?: ResponseInit): Response
  error(): Response
  json(value: any, init?: ResponseInit): Response
  redirect(url: string | URL, status?: number): Response
}

/** Needs a rule in `capabilities.http` of agent.json. */
declare function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>
