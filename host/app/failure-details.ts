/**
 * Why agents failed, in the answers of a host whose clients are its author: `mayfly dev`. No other host has this.
 *
 * @module
 */

import { acceptsPages, type DevPages, type PageRequest } from './dev/index.ts'

/** Returns why the request `id` failed, once. */
export type TakeDetail = (id: string) => string | undefined

// Requests that fail at the same moment.
const MAX_DETAILS = 64
const SERVER_ERROR = 500

export class FailureDetails {
  readonly #texts = new Map<string, string>()

  /** Notes why the request `id` failed. */
  note(id: string, text: string): void {
    this.#texts.set(id, text)
    const [oldest] = this.#texts.keys()
    if (this.#texts.size > MAX_DETAILS && oldest !== undefined) this.#texts.delete(oldest)
  }

  readonly take: TakeDetail = (id) => {
    const text = this.#texts.get(id)
    this.#texts.delete(id)
    return text
  }
}

/** Why a request failed, for the client that sent it. */
export interface Detail {
  readonly detail: string
  readonly request: PageRequest
  /**
   * Makes pages for browsers.
   *
   * @default none: browsers get plain text
   */
  readonly dev?: DevPages | undefined
}

/** Returns `refusal`, an answer in JSON that the host made, with its detail: as a page or plain text for a browser. */
export async function withDetail(
  refusal: Response,
  { detail, request, dev }: Detail,
): Promise<Response> {
  const { status } = refusal
  const fields = (await refusal.json()) as Readonly<Record<string, string>>
  const headers = new Headers(refusal.headers)
  headers.set('x-content-type-options', 'nosniff')
  if (!acceptsPages(request.headers))
    return Response.json({ ...fields, detail }, { status, headers })
  const title = `${status} ${fields['error']}`
  if (dev !== undefined)
    return dev.ofFailure({ title, detail, status, headers: Object.fromEntries(headers) }, request)
  headers.set('content-type', 'text/plain; charset=utf-8')
  return new Response(`${title}\n\n${detail}\n`, { status, headers })
}

/** Whether the host made `response` because an agent gave none. */
export function isRefusal({ status, headers }: Response): boolean {
  return status >= SERVER_ERROR && headers.get('content-type') === 'application/json'
}
