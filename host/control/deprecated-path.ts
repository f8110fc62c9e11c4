/**
 * Answers under a path that has moved say so: since when, and where the same is found now.
 *
 * `Deprecation`: https://www.rfc-editor.org/rfc/rfc9745; `successor-version`: https://www.rfc-editor.org/rfc/rfc5829
 *
 * @module
 */

import type { MiddlewareHandler } from 'hono'

export interface DeprecatedPathOptions {
  /** The path that clients should leave, such as `/-/tools`. The rest of the path in a request is kept. */
  readonly path: string
  readonly successor: string
  readonly since: Date
}

/** Adds the two fields to every answer, refusals too. */
export function deprecatedPath({
  path,
  successor,
  since,
}: DeprecatedPathOptions): MiddlewareHandler {
  // A date of https://www.rfc-editor.org/rfc/rfc9651#section-3.3.7: seconds since 1970.
  const deprecation = `@${since.getTime() / 1000}`
  return async function deprecatedPath(context, next): Promise<void> {
    await next()
    // As the URL was sent, percent-encoded: it cannot end the brackets.
    const { pathname, search } = new URL(context.req.url)
    const moved = successor + pathname.slice(path.length) + search
    context.header('deprecation', deprecation)
    context.header('link', `<${moved}>; rel="successor-version"`)
  }
}
