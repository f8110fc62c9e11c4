/** What a client may be allowed to do at the control plane. @module */

/** What a scoped token can be made for, each for the agents that the token names. */
export const TOKEN_ACTIONS = [
  'read', // See agents, their metrics and their approvals
  'call', // List and call exported functions
  'deploy', // Serve a version that gains no capabilities, an earlier one too
  'operate', // Kill, disable, enable, take grants away, roll back
  'approve', // Serve a version that gains capabilities
] as const
/** What a scoped token can be made for. */
export type TokenAction = (typeof TOKEN_ACTIONS)[number]

/** `admin` is for the operator alone: give grants back, make and revoke tokens. */
export type Action = TokenAction | 'admin'
