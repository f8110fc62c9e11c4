/**
 * The headers of a request as its agent gets them: fields that say where a request comes from are this host's own.
 *
 * So an agent that limits or admits clients by their address cannot be misled by a client that writes such a field.
 *
 * @module
 */
import type { WebHeaders } from '../../runtime/host-module/index.ts'

/** Has the address of the client, and no other. */
export const CLIENT_FIELD = 'x-forwarded-for'
/** Has the path that the client asks before the path that the agent sees. */
export const PREFIX_FIELD = 'x-forwarded-prefix'

/** Fields by which proxies say who the client is and what it asked, in lower case. */
const CLAIMS: ReadonlySet<string> = new Set([
  CLIENT_FIELD,
  PREFIX_FIELD,
  'forwarded',
  'x-forwarded-by',
  'x-forwarded-host',
  'x-forwarded-path',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-protocol',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-forwarded-uri',
  'x-original-forwarded-for',
  'x-original-host',
  'x-original-url',
  'x-rewrite-url',
  // The client, in the words of several networks and load balancers
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'client-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'true-client-ip',
  'x-appengine-user-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-real-ip',
])

/** Facts for the agent. */
export interface Told {
  readonly address: string | undefined
  /** Empty when the agent sees the whole path. */
  readonly basePath: string
}

/** Headers of a request, without what it claims of its way, and with what is known of it. */
export class ToldHeaders implements WebHeaders {
  readonly #headers: WebHeaders
  readonly #told: Told

  constructor(headers: WebHeaders, told: Told) {
    this.#headers = headers
    this.#told = told
  }

  get(name: string): string | null {
    if (!CLAIMS.has(name)) return this.#headers.get(name)
    if (name === CLIENT_FIELD) return this.#told.address ?? null
    return name === PREFIX_FIELD ? this.#told.basePath || null : null
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    const { address, basePath } = this.#told
    const pairs: [string, string][] = []
    for (const pair of this.#headers) if (!CLAIMS.has(pair[0])) pairs.push(pair)
    if (address !== undefined) pairs.push([CLIENT_FIELD, address])
    if (basePath !== '') pairs.push([PREFIX_FIELD, basePath])
    return pairs[Symbol.iterator]()
  }
}
