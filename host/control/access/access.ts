/** The rule of one way in to the control plane: an address, a socket, a path of a program. @module */

/**
 * `local`: every request is of the user of this host, because only they can open this way in. `open`: a loopback host
 * without a token of its own: clients on this machine may read and call, and no page of a website may. `token`: only
 * bearers of a token. `tokens`: the same
 * where the host has none of its own, on an address of loopback that every user of this machine reaches. `closed`: an address that strangers reach, and no token of the host: only bearers of scoped tokens.
 */
export type Access =
  | { readonly state: 'local' }
  | { readonly state: 'open' }
  | { readonly state: 'token'; readonly token: string }
  | { readonly state: 'tokens' }
  | { readonly state: 'closed' }
