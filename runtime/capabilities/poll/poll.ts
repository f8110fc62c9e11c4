/**
 * Waiting, for work that other capabilities started and for time to pass.
 *
 * Always granted: an agent that started nothing can only wait for its own deadline.
 *
 * @module
 */

import { type HostModule, type ConfiguredModule } from '../../host-module/index.ts'
import { pendingOf } from './pending.ts'

export function poll(): HostModule {
  return {
    name: 'poll',
    interfaces: ['mayfly:agent/poll'],
    suspends: ['mayfly:agent/poll#any'],
    configure(): ConfiguredModule {
      return {
        granted: true,
        prepare: (context) => ({
          'mayfly:agent/poll': {
            any: (pending: Uint32Array | readonly number[], timeoutMs: number | undefined) =>
              pendingOf(context).any([...pending], timeoutMs),
          },
        }),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}
