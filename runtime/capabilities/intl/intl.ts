/**
 * Texts as languages and customs write them: `Intl` of the platform, for guests that have no data of their own.
 *
 * Always granted: an answer depends on the arguments, and on the ICU data of the platform, and on nothing else. Locale and
 * time zone of the machine are never used. Formatters are slow to make, so they are kept, for all agents of a thread: they
 * hold nothing of the agent that asked for them first. Each invocation pays for those that it uses, made or kept.
 *
 * @module
 */
import type { ConfiguredModule, HostModule } from '../../host-module/index.ts'
import { FormatterCache } from './formatter-cache.ts'
import { intlFunctions } from './functions.ts'

export function intl(): HostModule {
  const formatters = new FormatterCache()
  return {
    name: 'intl',
    interfaces: ['mayfly:agent/intl'],
    suspends: [],
    configure(): ConfiguredModule {
      return {
        granted: true,
        prepare: (context) => ({
          'mayfly:agent/intl': {
            ...intlFunctions((micros) => context.work('micro', micros), formatters),
          },
        }),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}
