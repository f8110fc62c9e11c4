/**
 * Waiting, for work that other capabilities started and for time to pass.
 *
 * Always granted: an agent that started nothing can only wait for its own deadline.
 *
 * @module
 */

import {
  hostTimer,
  type ConfiguredModule,
  type HostModule,
  type Timer,
} from '../../host-module/index.ts'
import { pendingOf } from './pending.ts'

export interface PollOptions {
  /**
   * Has the time pass that agents wait for. A test or a replay passes its own.
   *
   * @default the time of the host
   */
  timer?: Timer
}

export function poll({ timer = hostTimer }: PollOptions = {}): HostModule {
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
              pendingOf(context).any([...pending], timeoutMs, timer),
          },
        }),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}
