/** The grant `capabilities.websocket`: WebSockets that clients may open to the agent. @module */
import * as z from 'zod/mini'
import { describe, noHostSide, noParts, power, type GrantKind } from '../../grants/index.ts'

/** Who may open WebSockets to the agent. */
export interface WebSocketGrant {
  /**
   * Origins of pages that may, beside those of the agent's own host. `*` stands for all.
   *
   * @default none
   */
  readonly origins: readonly string[]
}

const ORIGIN = /^(?:\*|https?:\/\/[a-z0-9._-]+(?::\d{1,5})?)$/
const ORIGIN_EXPECTED = 'an origin such as "https://app.example.com", in lower case, or "*"'

const websocketSchema = z.strictObject({
  origins: describe(
    z._default(z.array(z.string().check(z.regex(ORIGIN, ORIGIN_EXPECTED))), []),
    'Origins of pages that may open them, beside those of the host that the agent is asked at; "*" for all. Browsers do not keep pages of others from opening WebSockets. Clients that are no pages always may. Default: none.',
    ['https://app.example.com'],
  ),
})

export const websocketGrant: GrantKind<WebSocketGrant | undefined, never, never> = {
  schema: () =>
    describe(
      z.optional(websocketSchema),
      'WebSockets that clients may open to the agent. One lasts as long as an answer may: limits.connectionMs. Default: none.',
      {},
    ),
  parts: noParts(),
  powers: ({ origins }) => [
    power('websocket from clients'),
    ...origins.map((origin) => power(`websocket from ${origin}`)),
  ],
  hostSide: noHostSide(),
  budgets: {},
  bounds: {},
}
