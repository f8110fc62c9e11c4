/**
 * The values the manifest sets for an agent.
 *
 * Always granted: what is not set is not there.
 *
 * @module
 */

import type { Capability, ConfiguredCapability } from '../../capability/index.ts'

export function config(): Capability {
  return {
    name: 'config',
    interfaces: ['mayfly:agent/config'],
    example: '"config": { "greeting": "Hello" }',
    configure({ grant }): ConfiguredCapability {
      // The manifest's parser has checked the shape.
      const entries = Object.entries((grant ?? {}) as Readonly<Record<string, string>>)
      const values = new Map(entries)
      const sorted = entries.sort(([left], [right]) => (left < right ? -1 : 1))
      // One set of functions for all invocations: nothing in here changes.
      const imports = {
        'mayfly:agent/config': {
          get: (key: string) => values.get(key),
          all: () => sorted,
        },
      }
      return {
        granted: true,
        prepare: () => imports,
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}
