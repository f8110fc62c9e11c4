/**
 * Turns an agent into the export of the world. A record comes in, the agent sees a `Request`, and its answer goes out
 * as a record, or chunk by chunk when its body is a stream.
 *
 * @module
 */

import { arrives } from './arrival.ts'
import { answerNow, answersAtOnce, onCancel, settledValue, stay, toAnswerBody } from './engine.ts'
import { env, type Env } from './env.ts'
import {
  endBuild,
  isLater,
  startResponse,
  writeResponse,
  type HostRequest,
  type HostResponse,
} from './host.ts'
import { endLoop } from './loop.ts'
import { ownBytes } from './own-bytes.ts'
import { parts, type Ended, type EventMethod, type TakenEvent } from './parts.ts'
import { clientLeft } from './web/abort.ts'
import { chunksOf, type ArrivingBody } from './web/arriving.ts'
import { isOnItsWay, isStreamed, takeSource, takeText } from './web/body.ts'
import { inspect } from './web/inspect.ts'
import { requestOver } from './web/request.ts'
import { Response, responseLines, SWITCHING } from './web/response.ts'
import type { ReadableStream } from './web/readable-stream.ts'

/** The third argument of `fetch`, as in Workers. */
export interface Context {
  /**
   * Keeps the agent going until `promise` has settled, within the limits of the request. The answer does not wait for it,
   * where the engine can go on after an answer.
   */
  waitUntil(promise: Promise<unknown>): void
  /** Does nothing: there is no origin to fall back to. */
  passThroughOnException(): void
  /** Empty: callers of an agent hand no properties on. */
  readonly props: Readonly<Record<string, never>>
}

type Fetch = (request: never, env: Env, context: Context) => unknown

type Take = (event: never, env: Env, context: Context) => unknown

/** The default export of an agent's module: an object with `fetch`, or a function. */
export type AgentModule = ({ fetch: Fetch } & Partial<Record<EventMethod, Take>>) | Fetch

/** A response, with its body as this engine takes it. */
export type Answer = Omit<HostResponse, 'body'> & { body: Uint8Array | string }

export interface Handler {
  /**
   * Answers at once when the agent does: a promise costs as much as the rest of a small answer. Returns nothing where the
   * engine has the answer already.
   */
  handle(record: HostRequest): Answer | Promise<Answer> | undefined
  /** Takes what is no request: the method by its place in `EVENTS`, from 1 on. */
  event?(which: number, first: string, second: unknown): Promise<number[] | Ended>
}

const EVENTS: readonly EventMethod[] = ['scheduled', 'queue']

const NOTHING = new Uint8Array(0)

/**
 * Makes a router build its matcher now, if it would build it at the first match.
 *
 * Hono's router does, and here every request is the first: it took 200 of the 280 µs of an answer of a Hono agent.
 */
function buildRoutes(agent: object): void {
  const { router } = agent as { router?: { match?: unknown } }
  if (typeof router?.match !== 'function') return
  try {
    router.match('GET', '/')
  } catch {
    // The kind of router is unknown. The agent works without this step.
  }
}

/** Returns the export `handler` for the agent whose module exports `agent` by default. */
export function serve(agent: AgentModule): Handler {
  const isFunction = typeof agent === 'function'
  if (!isFunction && typeof agent?.fetch !== 'function') {
    throw new TypeError('Cannot build the agent: its default export has no method "fetch"')
  }
  const event = eventsOf(agent)
  buildRoutes(agent)
  const handle: Handler['handle'] = (record) => {
    endBuild()
    arrives(record)
    const context = new RequestContext()
    let returned: unknown
    try {
      const request = requestOver(record) as never
      returned = isFunction ? agent(request, env, context) : agent.fetch(request, env, context)
      // Most functions are async and wait for nothing. To await their result would take as long as the functions do.
      const response = returned instanceof Response ? returned : settledValue(returned)
      const isHeld = context.pending !== undefined && stay === undefined
      if (response instanceof Response && !isHeld && response.status !== SWITCHING) {
        // As most do. It calls the fewest functions, each of which takes as long as an object.
        const text = takeText(response)
        if (text !== undefined) {
          context.answered()
          if (answerNow === undefined) return toTextRecord(response, text)
          answerNow(response.status, responseLines(response), text)
          return undefined
        }
        if (!isStreamed(response)) {
          context.answered()
          return toRecord(response, takeSource(response))
        }
      }
    } catch (error) {
      context.answered()
      throw toFailure(error)
    }
    return answerLater(returned, context)
  }
  if (answersAtOnce) return { handle, ...event }
  return {
    // The cast: where the engine takes no promise, it has no answer yet.
    handle: async (record) => handle({ ...record, body: ownBytes(record.body) }) as Promise<Answer>,
  }
}

/** @throws {TypeError} when a method is missing that the manifest asks for */
function eventsOf(agent: AgentModule): Pick<Handler, 'event'> {
  const { events } = parts
  if (events === undefined) return {}
  const methods: Partial<Record<EventMethod, Take>> = typeof agent === 'function' ? {} : agent
  for (const [name, { field }] of Object.entries(events)) {
    if (typeof methods[name as EventMethod] === 'function') continue
    throw new TypeError(
      `Cannot build the agent: agent.json has "${field}", and its default export has no method "${name}"`,
    )
  }
  return {
    event: (which, first, second) => {
      const name = EVENTS[which - 1] as EventMethod
      const taken = events[name]
      if (taken === undefined) throw new TypeError(`Cannot take the event: no "${name}" is there`)
      return take(taken, (methods[name] as Take).bind(methods), first, second)
    },
  }
}

/** Has `method` take an event. It has ended when all that `waitUntil` was given has. */
export async function take<End>(
  taken: TakenEvent<End>,
  method: Take,
  first: string,
  second: unknown,
): Promise<End> {
  endBuild()
  const context = new RequestContext()
  try {
    const result = await taken.take((event) => method(event as never, env, context), first, second)
    await context.settle()
    return result
  } catch (error) {
    throw toFailure(error)
  } finally {
    endLoop()
  }
}

async function answerLater(returned: unknown, context: RequestContext): Promise<Answer> {
  try {
    const response = await returned
    if (!(response instanceof Response)) {
      throw new TypeError(`Cannot answer: the agent returned ${inspect(response)}, not a Response`)
    }
    const source = takeSource(response)
    // What is returned after it is not sent.
    if (response.status === SWITCHING) await parts.upgrade?.open(response, responseLines(response))
    if (isOnItsWay(source)) {
      startResponse(response.status, responseLines(response))
      await send(source)
    }
    if (context.pending !== undefined && stay === undefined) await context.settle()
    context.answered()
    return toRecord(response, source)
  } catch (error) {
    context.answered()
    throw toFailure(error)
  }
}

/** The engine turns a thrown string into the error of the `result`. */
function toFailure(error: unknown): string {
  return inspect(error).toWellFormed()
}

function toTextRecord(response: Response, text: string): Answer {
  return {
    status: response.status,
    headers: responseLines(response),
    body: toAnswerBody(text),
  }
}

function toRecord(response: Response, source: ReturnType<typeof takeSource>): Answer {
  const { status } = response
  if (typeof source === 'string') return toTextRecord(response, source)
  // Status and headers have gone out with the first chunk.
  if (isOnItsWay(source)) return { status, headers: [], body: NOTHING }
  return { status, headers: responseLines(response), body: source ?? NOTHING }
}

class RequestContext implements Context {
  /** Absent until there is one. */
  declare pending?: Promise<unknown>[]

  waitUntil(promise: Promise<unknown>): void {
    // It has begun what is to go on: a client that leaves must not end it at once.
    if (this.pending === undefined) onCancel(() => {})
    ;(this.pending ??= []).push(promise)
  }

  passThroughOnException(): void {
    // There is no origin to fall back to.
  }

  get props(): Context['props'] {
    return {}
  }

  /** Ends the request, or has it go on for as long as something is left that it was to wait for. */
  answered(): void {
    if (this.pending === undefined || stay === undefined) return endLoop()
    stay(true)
    void this.settle().then(() => {
      endLoop()
      stay?.(false)
    })
  }

  async settle(): Promise<void> {
    // By index: a promise in the list may add further ones.
    for (let at = 0; at < (this.pending?.length ?? 0); at++) {
      try {
        await this.pending?.[at]
      } catch (error) {
        console.error('A promise given to waitUntil was rejected:', error)
      }
    }
  }
}

async function send(source: ReadableStream<Uint8Array> | ArrivingBody): Promise<void> {
  const chunks = chunksOf(source)
  let hasLeft = false
  // The producer of the stream may wait for anything.
  const forget = onCancel(() => {
    hasLeft = true
    void chunks.cancel(clientLeft())
  })
  try {
    for (;;) {
      const chunk = await chunks.read()
      // What was cancelled has an end as well, and is not whole.
      if (chunk === undefined && hasLeft) throw clientLeft()
      if (chunk === undefined) return
      const written = writeResponse(chunk)
      if (isLater(written)) await written
    }
  } catch (error) {
    await chunks.cancel(error)
    throw error
  } finally {
    forget()
  }
}
