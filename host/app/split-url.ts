/** The parts of the URL of a request. @module */

export interface SplitUrl {
  readonly whole: string
  readonly origin: string
  /** With its port. */
  readonly host: string
  readonly path: string
  /** With its question mark; empty when there is none. */
  readonly query: string
}

/**
 * By hand: the URL is already canonical, and Hono's own `path` is decoded, so that `%2520` put back into a
 * URL would reach the agent as `%20`.
 */
export function splitUrl(url: string): SplitUrl {
  const hostAt = url.indexOf('://') + 3
  const start = url.indexOf('/', hostAt)
  const end = url.indexOf('?', start)
  const query = end === -1 ? '' : url.slice(end)
  return {
    whole: url,
    origin: url.slice(0, start),
    host: url.slice(hostAt, start),
    path: url.slice(start, end === -1 ? undefined : end),
    query,
  }
}
