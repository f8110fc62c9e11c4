/**
 * Waiting, for what other capabilities started and for time to pass.
 *
 * Always granted: an agent that started nothing can only wait for its own deadline.
 *
 * @module
 */

import { pendingOf, type Capability, type ConfiguredCapability } from '../../host-module/index.ts'

export function poll(): Capability {
  return {
    name: 'poll',
    interfaces: ['mayfly:agent/poll'],
    example: '"poll": true',
    configure(): ConfiguredCapability {
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
