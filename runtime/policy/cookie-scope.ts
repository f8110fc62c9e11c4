/**
 * Whether a cookie stays with the agent that sets it.
 *
 * Browsers differ on which of two attributes counts and on what an odd path means. So every `Domain` and every `Path` of
 * a field must be the agent's own, in each way to read them.
 *
 * @module
 */
import type { WebOrigin } from './web-origin.ts'

// A field has one cookie, but readers older than RFC 6265 take several, separated by commas. No cookie begins at the
// comma of a date, or of JSON. https://www.rfc-editor.org/rfc/rfc6265#section-3
const NEXT_COOKIE = /,(?=\s*[^\s;,="]+=)/

/** @param field - the value of one `set-cookie` */
export function mayStoreCookie(origin: WebOrigin, field: string): boolean {
  return field.split(NEXT_COOKIE).every((cookie) => staysWithin(origin, cookie))
}

function staysWithin(origin: WebOrigin, cookie: string): boolean {
  const [, ...attributes] = cookie.split(';')
  const pairs = attributes.map(nameAndValue)
  const domains = valuesOf(pairs, 'domain').filter((domain) => domain !== '')
  // No name beside the host's own means that host alone: https://www.rfc-editor.org/rfc/rfc6265#section-5.3
  if (origin.state === 'own') return domains.every((domain) => origin.hosts.includes(bare(domain)))
  const { folder, isInside } = origin
  // A path alone would let the cookie through to everything below it.
  if (folder === undefined || domains.length > 0) return false
  const paths = valuesOf(pairs, 'path')
  // Without a path, or with one that is none, the folder of the URL counts.
  // https://www.rfc-editor.org/rfc/rfc6265#section-5.1.4
  const given = paths.filter((path) => /^["/]/.test(path))
  return (
    (isInside || (paths.length > 0 && given.length === paths.length)) &&
    given.every((path) => isBelow(folder, path))
  )
}

function nameAndValue(attribute: string): readonly [name: string, value: string] {
  const at = attribute.indexOf('=')
  if (at === -1) return [attribute.trim().toLowerCase(), '']
  return [attribute.slice(0, at).trim().toLowerCase(), attribute.slice(at + 1).trim()]
}

function valuesOf(pairs: readonly (readonly [string, string])[], name: string): string[] {
  return pairs.filter(([each]) => each === name).map(([, value]) => value)
}

/** Browsers ignore the dot that old cookies begin with. */
function bare(domain: string): string {
  return domain.toLowerCase().replace(/^\./, '')
}

/** As it stands, without quotes, and as a URL would have it: `/shop/../` is not below `/shop`. */
function isBelow(folder: string, path: string): boolean {
  const resolved = URL.parse(`http://host${path}`)?.pathname
  return [path, resolved].every((each) => each === folder || each?.startsWith(`${folder}/`))
}
