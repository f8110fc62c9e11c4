/**
 * Pages for the author of agents, on a host that serves while agents are written: why a build failed, and why a request did.
 *
 * A build that failed changes nothing for programs: the version before answers them, with a header that says so. Only a
 * page that a browser opens is replaced, and there the version before is in a frame.
 *
 * @module
 */
import { pageOf, type BuildFailure, type PageContent } from './page.ts'

/** A request as far as it decides whether a page may take the place of its answer. */
export interface PageRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: { get(name: string): string | null }
}

/** Where pages hear of changes. No agent has it: paths under `/-/` are the host's. */
export const CHANGES_PATH = '/-/dev/changes'
/** Tells programs that an agent was answering whose last build failed. */
export const DEV_HEADER = 'x-mayfly-dev'
export const BUILD_FAILED = 'build failed'

// Open pages of one person. Beyond it the oldest hear of no more changes.
const MAX_LISTENERS = 64

export class DevPages {
  #failures: ReadonlyMap<string, BuildFailure> = new Map()
  #seen = ''
  readonly #listeners = new Set<ReadableStreamDefaultController<string>>()

  /** Shows `failures` from now on, and has open pages load again. `seen` is another for each state of the builds. */
  show(failures: readonly BuildFailure[], seen: string): void {
    this.#failures = new Map(failures.map((failure) => [failure.agent, failure]))
    this.#seen = seen
    for (const listener of this.#listeners) listener.enqueue(EVENT)
  }

  /** Whether the last build of `agent` failed. */
  hasFailed(agent: string): boolean {
    return this.#failures.has(agent)
  }

  /**
   * Returns a page in place of the answer of `agent`.
   *
   * @param agent - absent when none answers the path: then the page is of agents that no version is served of
   * @returns nothing for programs, for frames, and when no build failed
   */
  inPlaceOf(agent: string | undefined, request: PageRequest, id: string): Response | undefined {
    if (this.#failures.size === 0 || !opensPage(request)) return undefined
    const failures = [...this.#failures.values()].filter((failure) =>
      agent === undefined ? !failure.hasOlder : failure.agent === agent,
    )
    if (failures.length === 0) return undefined
    return this.#page(failures, 500, request, { 'x-request-id': id, [DEV_HEADER]: BUILD_FAILED })
  }

  /** The page of a request that failed with `status`. */
  ofFailure({ title, detail, status, headers }: FailedRequest, request: PageRequest): Response {
    return this.#page([{ title, text: detail }], status, request, headers)
  }

  /** The stream of changes for a page that was made at `seen`. */
  changes(seen: string | null): Response {
    let own: ReadableStreamDefaultController<string> | undefined
    const body = new ReadableStream<string>({
      start: (controller) => {
        own = controller
        const [oldest] = this.#listeners
        if (oldest !== undefined && this.#listeners.size >= MAX_LISTENERS) this.#end(oldest)
        this.#listeners.add(controller)
        controller.enqueue(seen === this.#seen ? ': open\n\n' : EVENT)
      },
      cancel: () => void (own && this.#listeners.delete(own)),
    })
    return new Response(body.pipeThrough(new TextEncoderStream()), {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    })
  }

  /** Ends all streams, so that the server can close. */
  close(): void {
    for (const listener of this.#listeners) this.#end(listener)
  }

  #end(listener: ReadableStreamDefaultController<string>): void {
    this.#listeners.delete(listener)
    listener.close()
  }

  #page(
    content: readonly PageContent[],
    status: number,
    { path }: PageRequest,
    headers: Readonly<Record<string, string>>,
  ): Response {
    return pageOf(content, { status, seen: this.#seen, path, headers })
  }
}

/** A request that an agent failed to answer. */
export interface FailedRequest {
  readonly title: string
  /** Why, with its stack. */
  readonly detail: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
const EVENT = 'data: changed\n\n'

/** Whether a browser opens a page with `request`. Frames and programs get the answer itself. */
function opensPage({ method, headers }: PageRequest): boolean {
  // Clients without the field are asked by what they accept: https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header
  const destination = headers.get('sec-fetch-dest') ?? 'document'
  return method === 'GET' && destination === 'document' && acceptsPages(headers)
}

/** Whether the client wants a page rather than data. */
export function acceptsPages(headers: PageRequest['headers']): boolean {
  return headers.get('accept')?.includes('text/html') === true
}
