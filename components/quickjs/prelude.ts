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

/** The record `fetched` of `http`, or `fetched-blob`. */
type Fetched<Content> = [
  status: number,
  headers: Header[],
  body: Content,
  redirectedTo: string | null,
  decoded: boolean,
]

/** A value that is there at once, or a promise of it. */
type Later<Value> = Value | Promise<Value>

/**
 * The adapter's functions: those of the interfaces, and these, which no interface has. The names are those of functions
 * in `*.as.ts`. The adapter reads as many arguments as a function has parameters here.
 */
interface Natives extends DirectNatives {
  respond(status: number, headers: Header[], body: Uint8Array | string): void
  fail(message: string): void
  logWrite(level: number, message: string): void
  randomFraction(): number
  httpSend(
    method: string,
    url: string,
    headers: Header[],
    body: Uint8Array,
    redirect: number,
  ): Later<Fetched<Uint8Array>>
  httpSendForBlob(
    method: string,
    url: string,
    headers: Header[],
    body: Uint8Array,
    redirect: number,
  ): Later<Fetched<number>>
  kvKeys(
    store: string,
    prefix: string,
    cursor: string | null | undefined,
    limit: number,
  ): Later<[keys: string[], cursor: string | null]>
  kvSetMany(store: string, keys: string[], values: Uint8Array[]): Later<void>
  toolsCall(tool: string, input: string, handles: number[]): Later<string>
  toolsCallForBlob(tool: string, input: string, handles: number[]): Later<number>
  blobMake(content: Uint8Array): number
  blobGiven(): number[]
  blobSize(handle: number): number
  blobRead(handle: number, offset: number, length: number): Uint8Array
  blobDrop(handle: number): void
  blobAnswer(handle: number): void
  cancelPending(handle: number): boolean
  stay(stays: boolean): void
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
const REDIRECTS = ['follow', 'manual', 'error']

// Generated from the WIT by .github/checks/engine-bindings.ts --write
interface DirectNatives {
  configGet(key: string): string | null
  configAll(): [string, string][]
  clockNow(): number
  clockMonotonic(): number
  clockWaitFor(ms: number): void | Promise<void>
  randomBytes(length: number): Uint8Array
  randomNext(): number
  kvGet(store: string, key: string): Uint8Array | null | Promise<Uint8Array | null>
  kvSet(store: string, key: string, value: Uint8Array): void | Promise<void>
  kvDelete(store: string, key: string): void | Promise<void>
  kvIncrement(store: string, key: string, delta: number): number | Promise<number>
  kvPut(store: string, key: string, value: Uint8Array, ttlMs: number): void | Promise<void>
  kvCompareAndSet(
    store: string,
    key: string,
    expected: Uint8Array | null,
    value: Uint8Array | null,
    ttlMs: number | null,
  ): boolean | Promise<boolean>
  kvGetMany(store: string, keys: string[]): (Uint8Array | null)[] | Promise<(Uint8Array | null)[]>
  kvDeleteMany(store: string, keys: string[]): void | Promise<void>
  responseBodyStart(status: number, headers: [string, string][]): void
  responseBodyWrite(chunk: Uint8Array): void | Promise<void>
}

const DIRECT = {
  config: { get: natives.configGet, all: natives.configAll },
  clock: {
    now: natives.clockNow,
    monotonic: natives.clockMonotonic,
    waitFor: natives.clockWaitFor,
  },
  random: { bytes: natives.randomBytes, next: natives.randomNext },
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
  'response-body': { start: natives.responseBodyStart, write: natives.responseBodyWrite },
}

// The error enums, in the order of their cases; the adapter says which by index.
const ERROR_CASES = [
  ['denied', 'limited'], // blob
  ['denied', 'limited', 'malformed', 'timeout', 'unavailable', 'redirected'], // http
  ['denied', 'limited', 'malformed', 'unavailable'], // kv
  ['denied', 'limited', 'malformed', 'failed', 'unavailable'], // tools
  ['limited', 'closed', 'misused'], // response-body
]

// End of what is generated

const { respond, fail, takeHeaders, logWrite } = natives

const NO_HANDLES: number[] = []

let handleOf: (blob: Blob) => number
let lend: (blob: Blob) => number
let takeBack: (blob: Blob) => void

/** The resource `blob`. A script cannot make one up: its handle is in a field that only this class has. */
class Blob {
  #handle: number
  /** Calls of tools that have it. The host does not take back what it has lent. */
  #lent = 0
  #dropped = false

  static {
    lend = (blob) => {
      const handle = handleOf(blob)
      blob.#lent++
      return handle
    }
    takeBack = (blob) => {
      if (--blob.#lent === 0 && blob.#dropped) blob.#giveBack()
    }
    handleOf = (blob) => {
      if (blob.#dropped) throw new TypeError('Cannot use a blob: it was dropped')
      return blob.#handle
    }
  }

  constructor(handle: number, key: typeof natives) {
    // Which no script has.
    if (key !== natives) throw new TypeError('Cannot construct a blob: "make" makes them')
    this.#handle = handle
  }

  size(): number {
    return natives.blobSize(handleOf(this))
  }

  read(offset: number, length: number): Uint8Array {
    return natives.blobRead(handleOf(this), offset, length)
  }

  /** Gives it back. The second time it does nothing. */
  drop(): void {
    if (this.#dropped) return
    this.#dropped = true
    if (this.#lent === 0) this.#giveBack()
  }

  #giveBack(): void {
    natives.blobDrop(this.#handle)
  }
}

/** The exports of the modules, by interface: the build makes the modules of this object. */
export const interfaces: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ...DIRECT,
  log: {
    write: (level: string, message: string): void => logWrite(caseOf(LOG_LEVELS, level), message),
  },
  http: {
    send: ({ method, url, headers, body }: HttpRequest, redirect: string): Later<object> =>
      when(
        natives.httpSend(method, url, headers, body, caseOf(REDIRECTS, redirect)),
        ([status, lines, content, redirectedTo, decoded]) => {
          return { status, headers: lines, body: content, redirectedTo, decoded }
        },
      ),
    sendForBlob: ({ method, url, headers, body }: HttpRequest, redirect: string): Later<object> =>
      when(
        natives.httpSendForBlob(method, url, headers, body, caseOf(REDIRECTS, redirect)),
        ([status, lines, handle, redirectedTo, decoded]) => {
          return { status, headers: lines, body: new Blob(handle, natives), redirectedTo, decoded }
        },
      ),
  },
  kv: {
    ...DIRECT.kv,
    keys: (
      store: string,
      prefix: string,
      after: string | null | undefined,
      limit: number,
    ): Later<object> =>
      when(natives.kvKeys(store, prefix, after, limit), ([keys, cursor]) => ({ keys, cursor })),
    // Taken apart here: while the adapter lowers the parts, nothing of the agent runs that could change them.
    setMany(store: string, entries: readonly (readonly [string, Uint8Array])[]): Later<void> {
      const keys = Array.from(entries, ([key]) => String(key))
      const values = Array.from(entries, ([, value]) => value)
      return natives.kvSetMany(String(store), keys, values)
    },
  },
  tools: {
    call: (tool: string, input: string, blobs: readonly Blob[]): Later<string> =>
      lending(blobs, (handles) => natives.toolsCall(tool, input, handles), same),
    callForBlob: (tool: string, input: string, blobs: readonly Blob[]): Later<Blob> =>
      lending(
        blobs,
        (handles) => natives.toolsCallForBlob(tool, input, handles),
        (handle) => new Blob(handle, natives),
      ),
  },
  blob: {
    Blob,
    make: (content: Uint8Array): Blob => new Blob(natives.blobMake(content), natives),
    answer: (blob: Blob): void => natives.blobAnswer(handleOf(blob)),
    given: (): Blob[] => natives.blobGiven().map((handle) => new Blob(handle, natives)),
  },
  engine: {
    encodeUtf8: natives.encodeUtf8,
    decodeUtf8: natives.decodeUtf8,
    decodeLatin1: natives.decodeLatin1,
    quiet,
    settledValue: natives.settledValue,
    cancelCall,
    onCancel,
    stay: natives.stay,
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

/**
 * Called when no job is left. Returns true to wait for the host, false when nothing can ever happen, and nothing when
 * there are jobs again.
 */
export function idle(isPending: boolean): boolean | undefined {
  if (waiting.length > 0) {
    const resolvers = waiting
    waiting = []
    for (const resolve of resolvers) resolve()
    return undefined
  }
  if (isPending) return true
  fail('Cannot answer: the promise the agent returned never settles')
  return false
}

/** A call of the host under way. */
interface Call {
  readonly promise: Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** Makes the value of the promise of the result. */
  make: ((value: never) => unknown) | undefined
  /** Called when it is over. */
  end: (() => void) | undefined
}

const calls = new Map<number, Call>()
// An agent may put another in its place.
const OwnPromise = Promise
let lastCall: Call | undefined

/** Called for a call of the host that is not done: returns what a script gets of it. */
export function later(handle: number): Promise<unknown> {
  const { promise, resolve, reject } = OwnPromise.withResolvers<unknown>()
  lastCall = { promise, resolve, reject, make: undefined, end: undefined }
  calls.set(handle, lastCall)
  return promise
}

/** Called when it is done. */
export function arrive(handle: number, value: unknown, isError: boolean): void {
  const call = calls.get(handle)
  if (call === undefined) return
  calls.delete(handle)
  call.end?.()
  if (isError) call.reject(value)
  else call.resolve(call.make === undefined ? value : call.make(value as never))
}

/** Gives up on the call of the host that `promise` is of. It then never settles. Returns whether it was under way. */
function cancelCall(promise: unknown): boolean {
  for (const [handle, call] of calls) {
    if (call.promise !== promise) continue
    calls.delete(handle)
    const wasPending = natives.cancelPending(handle)
    call.end?.()
    return wasPending
  }
  return false
}

/** The result of `make` for the result of a call of the host that was just made, or a promise of it. */
function when<Value, Result>(value: Later<Value>, make: (value: Value) => Result): Later<Result> {
  if (!(value instanceof OwnPromise)) return make(value)
  if (lastCall !== undefined) lastCall.make = make
  // `arrive` makes the value what the type says.
  return value as Promise<unknown> as Promise<Result>
}

/** Calls a tool that has `blobs` meanwhile. */
function lending<Value, Result>(
  blobs: readonly Blob[],
  call: (handles: number[]) => Later<Value>,
  make: (value: Value) => Result,
): Later<Result> {
  if (blobs.length === 0) return when(call(NO_HANDLES), make)
  const lent = [...blobs]
  lent.forEach(handleOf)
  const handles = lent.map(lend)
  const end = (): void => lent.forEach(takeBack)
  let isPending = false
  try {
    const value = call(handles)
    isPending = value instanceof OwnPromise
    if (isPending && lastCall !== undefined) lastCall.end = end
    return when(value, make)
  } finally {
    if (!isPending) end()
  }
}

function same<Value>(value: Value): Value {
  return value
}

let cancelled = false
let listeners: (() => void)[] = []

/** Called when the caller has gone: whatever the agent answers will not be read. */
export function cancel(): void {
  cancelled = true
  const called = listeners
  listeners = []
  for (const listener of called) listener()
}

/** Has `listener` called when the caller has gone, at once when it has already. Returns what takes it back. */
function onCancel(listener: () => void): () => void {
  if (cancelled) listener()
  else listeners.push(listener)
  return () => {
    listeners = listeners.filter((each) => each !== listener)
  }
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

/** The index of `name` in the cases of an enum: the engine must not lower another. */
function caseOf(cases: readonly string[], name: string): number {
  const index = cases.indexOf(name)
  if (index < 0) throw new TypeError(`Cannot use "${name}": not one of ${cases.join(', ')}`)
  return index
}
