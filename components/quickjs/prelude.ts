/**
 * The part of the engine that is JavaScript: evaluated inside the engine, before an agent's own modules.
 *
 * Gives the adapter's functions the shape of the host interfaces, and gives the adapter the functions it
 * calls: `dispatch` for a request, `event` for what is none, `idle` when no promise job is left, `failure` for an error case, `later` and `arrive`
 * for a call of the host that is not done at once, `cancel` when the caller has gone, `report` for a rejection that nothing
 * handles. Those throw into the adapter only for a lack of memory or stack.
 *
 * The files that it imports are made one module with it, because the engine cannot find any other yet.
 *
 * @module
 */
import { Blob, handleOf, lending } from './blob.ts'
import { addErrorLine } from './error-stack.ts'
import { direct, ERROR_CASES } from './natives.gen.ts'
import { natives, type Ends, type Fetched, type Header, type Later } from './natives.ts'
import { cancelCall, cancelCopy, when } from './pending.ts'

// `websockets.ts` has the last three: a promise of the host is known by what is here.
export { arrive, isPending, later, when, whenOver } from './pending.ts'

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

/** A body that is a text is sent in UTF-8. */
type HandlerResponse = Omit<HttpResponse, 'body'> & { body: Uint8Array | string }

/** How a call of a function has ended: with its result, 0, or with a case of its error, from 1 on. */
interface Ended {
  which: number
  text: string
}

interface Handler {
  /** Nothing when it has called `respond` itself, which takes one object less. */
  handle(request: HttpRequest): HandlerResponse | PromiseLike<HandlerResponse> | undefined
  /** Absent where the agent takes none. Resolves with a number for each message of a batch, or the end of a call. */
  event?(which: number, first: string, second: unknown): PromiseLike<number[] | Ended>
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error']
const REDIRECTS = ['follow', 'manual', 'error']

const { respond, fail, settle, takeHeaders, logWrite } = natives
const DIRECT = direct(natives)

/** The exports of the modules, by interface: the build makes the modules of this object. */
export const interfaces: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ...DIRECT,
  log: {
    write: (level: string, message: string): void => logWrite(caseOf(LOG_LEVELS, level), message),
  },
  http: {
    send: ({ method, url, headers, body }: HttpRequest, redirect: string): Later<object> =>
      when(natives.httpSend(method, url, headers, body, caseOf(REDIRECTS, redirect)), (fetched) =>
        toFetched(fetched, fetched[2]),
      ),
    sendForBlob: ({ method, url, headers, body }: HttpRequest, redirect: string): Later<object> =>
      when(
        natives.httpSendForBlob(method, url, headers, body, caseOf(REDIRECTS, redirect)),
        (fetched) => toFetched(fetched, new Blob(fetched[2], natives)),
      ),
    open: (
      { method, url, headers, body }: HttpRequest,
      upload: Ends | null,
      redirect: string,
    ): Later<object> =>
      when(
        natives.httpOpen(method, url, headers, body, upload, caseOf(REDIRECTS, redirect)),
        (opened) => ({
          status: opened[0],
          headers: opened[1],
          content: opened[2][1],
          redirectedTo: opened[3],
          decoded: opened[4],
        }),
      ),
  },
  'request-body': { take: natives.requestBodyTake },
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
      const list = [...entries]
      const keys = list.map(([key]) => String(key))
      const values = list.map(([, value]) => value)
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
    parseJson: natives.parseJson,
    respond,
    quiet,
    settledValue: natives.settledValue,
    onRejection,
    cancelCall,
    onCancel,
    stay: natives.stay,
    makeEnds: natives.makeEnds,
    readStream: natives.readStream,
    writeStream: natives.writeStream,
    readFuture: natives.readFuture,
    writeFuture: natives.writeFuture,
    dropEnd: natives.dropEnd,
    cancelCopy,
  },
}

// The engine's own generator is seeded once, so a snapshot would repeat it for every request.
Math.random = natives.randomFraction
addErrorLine()

const NOTHING = new Uint8Array(0)

/** Has its headers from the first time that they are read. */
class ArrivedRequest implements HttpRequest {
  // Only declared: a field that is defined first, and then set, costs twice.
  declare readonly method: string
  declare readonly url: string
  declare readonly body: Uint8Array

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
    // Dropped when there is an answer.
    if (returned === undefined) return fail('Cannot answer: the handler returned nothing')
    if ('then' in returned) returned.then(answer, refuse)
    else answer(returned)
  } catch (error) {
    refuse(error)
  }
}

/** Called for an event: a run of a schedule (1), messages of a queue (2), a call of a function (3). Ends by calling `settle` or `fail`. */
export function event(which: number, first: string, second: unknown): void {
  try {
    const taken = handler?.event?.(which, first, second)
    if (taken === undefined) return fail('Cannot take the event: the agent has no method for it')
    taken.then((end) => ('which' in end ? settle(end.which, end.text) : settle(end)), refuse)
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

// By index: the iterator of a pattern would take as long as all else.
function toFetched(fetched: Fetched, body: unknown): object {
  return {
    status: fetched[0],
    headers: fetched[1],
    body,
    redirectedTo: fetched[3],
    decoded: fetched[4],
  }
}

function same<Value>(value: Value): Value {
  return value
}

let cancelled = false
let listeners: (() => void)[] = []

/**
 * Called when the caller has gone: whatever the agent answers will not be read. An agent that does not listen has nothing
 * to do about it, and ends.
 */
export function cancel(): void {
  cancelled = true
  const called = listeners
  listeners = []
  if (called.length === 0) fail('The caller has gone')
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
    if (!(error instanceof Error)) return String(error)
    const line = String(error)
    const stack = String(error.stack ?? '')
    return stack.startsWith(line) ? stack : `${line}\n${stack}`.trimEnd()
  } catch {
    return 'Cannot describe what the agent threw'
  }
}

let reporter = (reason: unknown): void =>
  logWrite(caseOf(LOG_LEVELS, 'error'), `Uncaught (in promise) ${describe(reason)}`)

/** Has `listener` called with the reason of each rejection that nothing handles, in place of a line of the log. */
function onRejection(listener: (reason: unknown) => void): void {
  reporter = listener
}

/** Called with the reason of a promise that was rejected, and that nothing handles. */
export function report(reason: unknown): void {
  reporter(reason)
}

/** The index of `name` in the cases of an enum: the engine must not lower another. */
function caseOf(cases: readonly string[], name: string): number {
  const index = cases.indexOf(name)
  if (index < 0) throw new TypeError(`Cannot use "${name}": not one of ${cases.join(', ')}`)
  return index
}
