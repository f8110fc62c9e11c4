/**
 * Why agents failed, in the answers of a host whose clients are its author: `mayfly dev`. No other host has this.
 *
 * @module
 */

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

/** Returns `refusal`, an answer in JSON that the host made, with `detail`: as plain text for a browser. */
export async function withDetail(
  refusal: Response,
  detail: string,
  accept: string | null,
): Promise<Response> {
  const { status } = refusal
  const fields = (await refusal.json()) as Readonly<Record<string, string>>
  const headers = new Headers(refusal.headers)
  headers.set('x-content-type-options', 'nosniff')
  if (accept?.includes('text/html') !== true)
    return Response.json({ ...fields, detail }, { status, headers })
  headers.set('content-type', 'text/plain; charset=utf-8')
  return new Response(`${status} ${fields['error']}\n\n${detail}\n`, { status, headers })
}

/** Whether the host made `response` because an agent gave none. */
export function isRefusal({ status, headers }: Response): boolean {
  return status >= SERVER_ERROR && headers.get('content-type') === 'application/json'
}
