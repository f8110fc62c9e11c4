/**
 * How a request got to this host: from which client, and through which proxies in front.
 *
 * Clients can write any field. So only a target knows this, by the connection and by proxies that its operator trusts;
 * what the fields of a request claim, no agent sees.
 *
 * @module
 */

/** What is known of the way of a request. */
export interface Passage {
  /** Of the client: an IP address without a port. Nothing when it is not known. */
  readonly address: string | undefined
  /** Whether the client spoke to this host, or to a proxy in front, over TLS. */
  readonly isSecure: boolean
  /** Path that a proxy in front took off, without a last slash: `/api`. Empty when there is none. */
  readonly prefix: string
}

/** Nothing is known. */
export const UNKNOWN_PASSAGE: Passage = { address: undefined, isSecure: false, prefix: '' }
