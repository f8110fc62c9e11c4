/**
 * The fields of an answer by which an agent may reach no other agent.
 *
 * Browsers keep pages, cookies and settings apart by origin. Agents that share an origin share all of that, so a field
 * that sets something for the whole origin is not one agent's to send. A field stays if it holds for its own answer only:
 * `content-security-policy`, `permissions-policy`, `document-policy`, `cross-origin-*`, `access-control-*`,
 * `reporting-endpoints`, `speculation-rules`, `location`, `refresh`, `link`.
 *
 * @module
 */
import { mayStoreCookie } from './cookie-scope.ts'
import type { WebOrigin } from './web-origin.ts'

/** Fields of a whole origin or host. */
const OF_THE_ORIGIN = [
  // Hints that browsers add to later requests for the origin: https://www.rfc-editor.org/rfc/rfc8942#section-3.1
  'accept-ch',
  // Another server for the origin: https://www.rfc-editor.org/rfc/rfc7838#section-3
  'alt-svc',
  // Takes answers of the origin out of caches: https://www.rfc-editor.org/rfc/rfc9875#section-3
  'cache-group-invalidation',
  // Of the host: https://www.rfc-editor.org/rfc/rfc9163#section-2.1
  'expect-ct',
  // Reports on all requests to the origin, to the server that `report-to` names: https://www.w3.org/TR/network-error-logging/
  'nel',
  // The first answer decides for all pages: https://html.spec.whatwg.org/multipage/browsers.html#origin-keyed-agent-clusters
  'origin-agent-cluster',
  // Some trials last for the origin: https://googlechrome.github.io/OriginTrials/developer-guide.html
  'origin-trial',
  // Of the host: https://www.rfc-editor.org/rfc/rfc7469#section-2.1
  'public-key-pins',
  'public-key-pins-report-only',
  // Groups of servers for reports of the origin: https://www.w3.org/TR/2018/WD-reporting-1-20180925/#header
  'report-to',
  // Binds a session of the origin to a device, and renews its cookies: https://w3c.github.io/webappsec-dbsc/
  'sec-session-registration',
  'secure-session-registration',
  // A service worker beyond its folder: https://www.w3.org/TR/service-workers/#service-worker-allowed
  'service-worker-allowed',
  // Cookies of clients older than RFC 6265, which have their own rules: https://www.rfc-editor.org/rfc/rfc2965#section-3.2
  'set-cookie2',
  // Whether someone is logged in at the origin: https://w3c-fedid.github.io/login-status/
  'set-login',
  // Writes to a store of the origin: https://wicg.github.io/shared-storage/
  'shared-storage-write',
  // Of the host: https://www.rfc-editor.org/rfc/rfc6797#section-8.1
  'strict-transport-security',
  // A dictionary for requests to any path of the origin: https://www.rfc-editor.org/rfc/rfc9842#section-2.1
  'use-as-dictionary',
] as const

const SHARED_FIELDS: ReadonlySet<string> = new Set(OF_THE_ORIGIN)

const CLEAR_SITE_DATA = 'clear-site-data'
const SET_COOKIE = 'set-cookie'

/** Fields that `mayAnswer` decides about, in lower case. All others an agent may send. */
export const ORIGIN_FIELDS: readonly string[] = [...OF_THE_ORIGIN, CLEAR_SITE_DATA, SET_COOKIE]

/** Whether an agent may answer with the field `name`, in lower case, at `origin`. */
export function mayAnswer(origin: WebOrigin, name: string, value: string): boolean {
  if (name === SET_COOKIE) return mayStoreCookie(origin, value)
  if (name === CLEAR_SITE_DATA) return origin.state === 'own' && !clearsCookies(value)
  return origin.state === 'own' || !SHARED_FIELDS.has(name)
}

/**
 * Browsers clear the cookies of a whole site, other hosts included:
 * https://www.w3.org/TR/clear-site-data/#clearing
 */
function clearsCookies(value: string): boolean {
  return /cookies|\*/i.test(value)
}

/** What its operator can do about a field that an agent may not answer with. */
export function explainOrigin(origin: WebOrigin, name: string): string {
  if (origin.state === 'own') {
    return name === SET_COOKIE
      ? 'Set the cookie without Domain, so that it stays with this host'
      : 'Clear "cache" or "storage", and end cookies with Max-Age=0: browsers clear those of other hosts too'
  }
  const remedy = 'give the agent a host of its own, in "hosts" of agent.json'
  if (name !== SET_COOKIE) return `It would hold for all agents of the origin: ${remedy}`
  if (origin.folder === undefined) return `It would reach other agents: ${remedy}`
  return `Set the cookie without Domain and with Path=${origin.folder || '/'}, or ${remedy}`
}
