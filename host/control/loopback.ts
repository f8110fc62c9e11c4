/**
 * Which names and addresses mean this machine itself.
 *
 * A website can make its own name resolve to 127.0.0.1: its pages then ask a host of this machine, and browsers take
 * the answers for the site's own. Only the name in the request tells.
 *
 * @module
 */

// Public DNS has no names below localhost: https://www.rfc-editor.org/rfc/rfc6761#section-6.3
const LOOPBACK_HOST =
  /^(?:(?:[a-z0-9_-]+\.)*localhost\.?|127(?:\.\d+){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])(?::\d+)?$/i
const LOOPBACK_ADDRESS = /^(?:127(?:\.\d+){3}|::1|::ffff:127(?:\.\d+){3})$/i

/** @param host - and perhaps a port, as URLs and requests have them */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOST.test(host)
}

/** @param address - that a server is bound to, as `address()` of it has it */
export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK_ADDRESS.test(address)
}

/**
 * Whether agents answer to a host of a request, on a server that only this machine reaches.
 *
 * @param allowed - names beside those of loopback, without ports; `*` for all
 */
export function allowHosts(allowed: readonly string[]): (host: string) => boolean {
  const names = new Set(allowed.map(nameOf))
  if (names.has('*')) return () => true
  // Most clients name the same host, again and again.
  let allowedHost: string | undefined
  return (host) => {
    if (host === allowedHost) return true
    if (!isLoopbackHost(host) && !names.has(nameOf(host))) return false
    allowedHost = host
    return true
  }
}

/** In lower case, without the port and without the dot that may end a name. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
}
