/**
 * The values the manifest sets for an agent.
 *
 * Always granted: an agent sees only the values that its manifest sets. Values of the environment are read once, when
 * the agent is loaded, so that all its requests see the same.
 *
 * @module
 */

import type { Capability, ConfiguredModule } from '../../host-module/index.ts'
import { MayflyError } from '../../errors/index.ts'
import type { ConfigValue } from './grant.ts'

export interface ConfigOptions {
  /**
   * Reads a variable of the host's environment, for values such as `{ "env": "REGION" }`.
   *
   * @default none is set
   */
  environment?: (name: string) => string | undefined
}

export function config({ environment = () => undefined }: ConfigOptions = {}): Capability {
  return {
    name: 'config',
    interfaces: ['mayfly:agent/config'],
    suspends: [],
    example: '"config": { "GREETING": "hello" }',
    configure({ agent, grant }): ConfiguredModule {
      // The manifest's parser has checked the shape.
      const granted = (grant ?? {}) as Readonly<Record<string, ConfigValue>>
      const sorted = Object.entries(granted)
        .map(([key, value]): [string, string] => [key, resolve(agent, key, value, environment)])
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
      const values = new Map(sorted)
      // One set of functions for all invocations: nothing in here changes.
      const imports = {
        'mayfly:agent/config': { get: (key: string) => values.get(key), all: () => sorted },
      }
      return { granted: true, prepare: () => imports, async [Symbol.asyncDispose]() {} }
    },
  }
}

const HOST_PREFIX = 'MAYFLY_'

function resolve(
  agent: string,
  key: string,
  value: ConfigValue,
  environment: NonNullable<ConfigOptions['environment']>,
): string {
  if (typeof value === 'string') return value
  // Among these are the token of the control plane and the secrets, which no guest may see.
  if (value.env.toUpperCase().startsWith(HOST_PREFIX)) {
    throw new MayflyError(
      'ERR_CAPABILITY_DENIED',
      `Cannot read config "${key}" of agent "${agent}": ${value.env} belongs to the host`,
      { hint: 'Give the variable a name without MAYFLY_, or name it in headers of an http rule' },
    )
  }
  const found = environment(value.env)
  if (found !== undefined) return found
  throw new MayflyError(
    'ERR_HOST_UNAVAILABLE',
    `Cannot read config "${key}" of agent "${agent}": environment variable ${value.env} is not set`,
    { hint: `Set ${value.env} for the host, or write the value into capabilities.config.${key}` },
  )
}
