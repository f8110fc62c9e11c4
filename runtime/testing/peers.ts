/**
 * The middle one of three sizes of a test: `npm test` runs each property small, `.ci/run` with real peers and slow
 * compilers as well, `npm run soak` (MAYFLY_SOAK) with large counts.
 *
 * @module
 */

/** Whether tests run that take slow compilers, or install packages. The name of each says {@link NEEDS_PEERS}. */
export const HAS_PEERS: boolean = process.env['MAYFLY_PEERS'] !== undefined

export const NEEDS_PEERS = 'with MAYFLY_PEERS'

/** Cases of a list that run with peers only. */
export function withPeers<Case>(...cases: readonly Case[]): readonly Case[] {
  return HAS_PEERS ? cases : []
}
