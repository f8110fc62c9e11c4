/** The one spelling of a host that two rules are compared by. @module */

/** An IPv6 address has many spellings; the URL parser knows the one it gives to `hostname`. */
export function canonicalHost(host: string): string {
  return host.includes(':') ? bare(URL.parse(`http://[${bare(host)}]/`)?.hostname ?? host) : host
}

/** Without the brackets of an IPv6 address. */
export function bare(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
