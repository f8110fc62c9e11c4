/** The name of the host that a request asks. @module */

/**
 * In lower case, without the port and without the dot that may end a name.
 *
 * @param host - as requests and URLs have it
 */
export function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
}
