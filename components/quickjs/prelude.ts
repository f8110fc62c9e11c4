/**
 * The part of the engine that is JavaScript: evaluated inside the engine, before an agent's own modules.
 *
 * Gives the adapter's functions the shape of the host interfaces, and gives the adapter the functions it
 * calls: `dispatch` for a request, `idle` when no promise job is left, `failure` for an error case. Those
 * throw into the adapter only for a lack of memory or stack.
 *
 * One file, though long: the engine is given it as one module, before it can find any other.
 *
 * @module
 */

type Header = [name: string, value: string]

/** A request, or the argument of `http.send`. */
interface HttpRequest {
  method: string
  url: string
  headers: Header[]
  body: Uint8Array
}

interface HttpResponse {
  status: number
  headers: Header[]
  body: Uint8Array
}

type Parts = [status: number, headers: Header[], body: Uint8Array]

/**
 * The adapter's functions: those of the interfaces, and these, which no interface has. The names are those of functions
 * in `*.as.ts`. The adapter reads as many arguments as a function has parameters here.
 */
interface Natives extends DirectNatives {
  respond(status: number, headers: Header[], body: Uint8Array | string): void
  fail(message: string): void
  logWrite(level: number, message: string): void
  randomFraction(): number
  httpSend(method: string, url: string, headers: Header[], body: Uint8Array): Parts
  httpStart(method: string, url: string, headers: Header[], body: Uint8Array): number
  httpTake(pending: number): Parts
  httpTakeBlob(pending: number): [status: number, headers: Header[], handle: number]
  kvKeys(
    store: string,
    prefix: string,
    cursor: string | null | undefined,
    limit: number,
  ): [keys: string[], cursor: string | null]
  kvSetMany(store: string, keys: string[], values: Uint8Array[]): void
  toolsStart(tool: string, input: string, handles: number[]): [pending: number, ready: boolean]
  toolsTakeBlob(pending: number): number
  blobMake(content: Uint8Array): number
  blobGiven(): number[]
  blobSize(handle: number): number
  blobRead(handle: number, offset: number, length: number): Uint8Array
  blobDrop(handle: number): void
  blobAnswer(handle: number): void
  encodeUtf8(text: string): Uint8Array
  decodeUtf8(bytes: Uint8Array): string | undefined
  decodeLatin1(bytes: Uint8Array): string
  takeHeaders(): Header[]
  settledValue(promise: unknown): unknown
}

/** A body that is a text is sent in UTF-8. */
type HandlerResponse = Omit<HttpResponse, 'body'> & { body: Uint8Array | string }

interface Handler {
  handle(request: HttpRequest): HandlerResponse | PromiseLike<HandlerResponse>
}

// Put there by the build. Gone when the agent's modules are evaluated, which have the interfaces.
const scope = globalThis as { mayflyNatives?: Natives }
const natives = scope.mayflyNatives as Natives
delete scope.mayflyNatives

const LOG_LEVELS = ['debug', 'info', 'warn', 'error']

// Generated from the WIT by .github/checks/engine-bindings.ts --write
interface DirectNatives {
  configGet(key: string): string | null
  configAll(): [string, string][]
  clockNow(): number
  clockMonotonic(): number
  randomBytes(length: number): Uint8Array
  randomNext(): number
  pollAny(pending: number[], timeoutMs: number | null): number | null
  httpCancel(pending: number): void
  kvGet(store: string, key: string): Uint8Array | null
  kvSet(store: string, key: string, value: Uint8Array): void
  kvDelete(store: string, key: string): void
  kvIncrement(store: string, key: string, delta: number): number
  kvPut(store: string, key: string, value: Uint8Array, ttlMs: number): void
  kvCompareAndSet(
    store: string,
    key: string,
    expected: Uint8Array | null,
    value: Uint8Array | null,
    ttlMs: number | null,
  ): boolean
  kvGetMany(store: string, keys: string[]): (Uint8Array | null)[]
  kvDeleteMany(store: string, keys: string[]): void
  toolsCall(tool: string, input: string): string
  toolsTake(pending: number): string
  toolsCancel(pending: number): void
  responseBodyStart(status: number, headers: [string, string][]): void
  responseBodyWrite(chunk: Uint8Array): void
}

const DIRECT = {
  config: { get: natives.configGet, all: natives.configAll },
  clock: { now: natives.clockNow, monotonic: natives.clockMonotonic },
  random: { bytes: natives.randomBytes, next: natives.randomNext },
  poll: { any: natives.pollAny },
  http: { cancel: natives.httpCancel },
  kv: {
    get: natives.kvGet,
    set: natives.kvSet,
    delete: natives.kvDelete,
    increment: natives.kvIncrement,
    put: natives.kvPut,
    compareAndSet: natives.kvCompareAndSet,
    getMany: natives.kvGetMany,
    deleteMany: natives.kvDeleteMany,
  },
  tools: { call: natives.toolsCall, take: natives.toolsTake, cancel: natives.toolsCancel },
  'response-body': { start: natives.responseBodyStart, write: natives.responseBodyWrite },
}

// The error enums, in the order of their cases; the adapter says which by index.
const ERROR_CASES = [
  ['denied', 'limited'], // blob
  ['denied', 'limited', 'malformed', 'timeout', 'unavailable', 'unknown'], // http
  ['denied', 'limited', 'malformed', 'unavailable'], // kv
  ['denied', 'limited', 'malformed', 'failed', 'unavailable', 'unknown'], // tools
  ['limited', 'closed', 'misused'], // response-body
]

// End of what is generated

const { respond, fail, takeHeaders, httpSend, httpStart, httpTake, kvKeys, logWrite } = natives

const NO_HANDLES: number[] = []

let handleOf: (blob: Blob) => number

/** The resource `blob`. A script cannot make one up: its handle is in a field that only this class has. */
class Blob {
  #handle: number

  static {
    handleOf = (blob) => blob.#handle
  }

  constructor(handle: number, key: typeof natives) {
    // Which no script has.
    if (key !== natives) throw new TypeError('Cannot construct a blob: "make" makes them')
    this.#handle = handle
  }

  size(): number {
    return natives.blobSize(live(this))
  }

  read(offset: number, length: number): Uint8Array {
    return natives.blobRead(live(this), offset, length)
  }

  /** Gives it back. The second time it does nothing. */
  drop(): void {
    const handle = this.#handle
    this.#handle = 0
    if (handle !== 0) natives.blobDrop(handle)
  }
}

function live(blob: Blob): number {
  const handle = handleOf(blob)
  if (handle === 0) throw new TypeError('Cannot use a blob: it was dropped')
  return handle
}

/** The exports of the modules, by interface: the build makes the modules of this object. */
export const interfaces: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ...DIRECT,
  log: {
    write(level: string, message: string): void {
      const index = LOG_LEVELS.indexOf(level)
      if (index < 0) throw new TypeError(`Cannot log at level "${level}": not a level`)
      logWrite(index, message)
    },
  },
  http: {
    ...DIRECT.http,
    send: ({ method, url, headers, body }: HttpRequest): HttpResponse =>
      response(httpSend(method, url, headers, body)),
    start: ({ method, url, headers, body }: HttpRequest): number =>
      httpStart(method, url, headers, body),
    take: (pending: number): HttpResponse => response(httpTake(pending)),
    takeBlob(pending: number): object {
      const [status, headers, handle] = natives.httpTakeBlob(pending)
      return { status, headers, body: new Blob(handle, natives) }
    },
  },
  kv: {
    ...DIRECT.kv,
    keys(store: string, prefix: string, after: string | null | undefined, limit: number): object {
      const [keys, cursor] = kvKeys(store, prefix, after, limit)
      return { keys, cursor }
    },
    // Taken apart here: while the adapter lowers the parts, nothing of the agent runs that could change them.
    setMany(store: string, entries: readonly (readonly [string, Uint8Array])[]): void {
      const keys = entries.map(([key]) => String(key))
      natives.kvSetMany(
        String(store),
        keys,
        entries.map(([, value]) => value),
      )
    },
  },
  tools: {
    ...DIRECT.tools,
    start(tool: string, input: string, blobs: readonly Blob[]): object {
      const handles = blobs.length === 0 ? NO_HANDLES : Array.from(blobs, live)
      const [pending, ready] = natives.toolsStart(tool, input, handles)
      return { pending, ready }
    },
    takeBlob: (pending: number): Blob => new Blob(natives.toolsTakeBlob(pending), natives),
  },
  blob: {
    Blob,
    make: (content: Uint8Array): Blob => new Blob(natives.blobMake(content), natives),
    answer: (blob: Blob): void => natives.blobAnswer(live(blob)),
    given: (): Blob[] => natives.blobGiven().map((handle) => new Blob(handle, natives)),
  },
  engine: {
    encodeUtf8: natives.encodeUtf8,
    decodeUtf8: natives.decodeUtf8,
    decodeLatin1: natives.decodeLatin1,
    quiet,
    settledValue: natives.settledValue,
  },
}

// The engine's own generator is seeded once, so a snapshot would repeat it for every request.
Math.random = natives.randomFraction

const NOTHING = new Uint8Array(0)

/** Has its headers from the first time that they are read. */
class ArrivedRequest implements HttpRequest {
  readonly method: string
  readonly url: string
  readonly body: Uint8Array

  constructor(method: string, url: string, body: Uint8Array) {
    this.method = method
    this.url = url
    this.body = body
  }

  get headers(): Header[] {
    // The headers of an earlier request are gone, and the present ones belong to another request.
    const value = this === current ? takeHeaders() : []
    Object.defineProperty(this, 'headers', { value })
    return value
  }
}

let handler: Handler | undefined
let current: ArrivedRequest | undefined
let waiting: (() => void)[] = []

/** Build time: takes the export `handler` of the agent's module. */
export function serve(exported: unknown): void {
  if (typeof (exported as Partial<Handler> | undefined)?.handle !== 'function') {
    throw new TypeError('Cannot build the agent: it exports no "handler" with a method "handle"')
  }
  handler = exported as Handler
}

/**
 * Called for each request, without `body` when it has none; ends by calling `respond` or `fail`, now or in a
 * promise job.
 */
export function dispatch(method: string, url: string, body: Uint8Array = NOTHING): void {
  try {
    current = new ArrivedRequest(method, url, body)
    const returned = (handler as Handler).handle(current)
    if ('then' in returned) returned.then(answer, refuse)
    else answer(returned)
  } catch (error) {
    refuse(error)
  }
}

/** Called when nothing can run any more and no answer is there. */
export function idle(): void {
  if (waiting.length === 0) {
    fail('Cannot answer: the promise the agent returned never settles')
    return
  }
  const resolvers = waiting
  waiting = []
  for (const resolve of resolvers) resolve()
}

/** The error that a host function throws for case `index` of the error enum of interface `owner`. */
export function failure(owner: number, index: number): Error {
  const payload = ERROR_CASES[owner]?.[index] ?? 'unknown'
  return Object.assign(new Error(payload), { payload })
}

/** Resolves when no promise job is left to run. */
function quiet(): Promise<void> {
  return new Promise((resolve) => waiting.push(resolve))
}

function answer(returned: HandlerResponse): void {
  try {
    respond(returned.status, returned.headers, returned.body)
  } catch (error) {
    refuse(error)
  }
}

function refuse(error: unknown): void {
  fail(describe(error))
}

function describe(error: unknown): string {
  try {
    return error instanceof Error
      ? `${String(error)}\n${error.stack ?? ''}`.trimEnd()
      : String(error)
  } catch {
    return 'Cannot describe what the agent threw'
  }
}

function response([status, headers, body]: Parts): HttpResponse {
  return { status, headers, body }
}
