/** Options of `testAgent`. @module */
import type { HostModule } from '../../runtime/host-module/index.ts'
import type { Drivers } from '../../runtime/presets/index.ts'
import type { ToolFunction } from './function-tools.ts'
import type { TestSecret } from './test-secrets.ts'
import type { StoredValue } from './test-store.ts'

/** What a test gives to the agent. */
export interface TestAgentOptions {
  /**
   * Values of the agent's stores, by store and key.
   *
   * @default its stores are empty
   */
  kv?: Readonly<Record<string, Readonly<Record<string, StoredValue>>>>
  /**
   * Values in the place of those of `capabilities.config`, by key.
   *
   * @default those of the manifest
   */
  config?: Readonly<Record<string, string>>
  /**
   * Variables of the environment, by name: for `{ "env": "NAME" }` in `capabilities.config`. Those of the process are not
   * read.
   *
   * @default none is set
   */
  environment?: Readonly<Record<string, string>>
  /**
   * Secrets by name. The host of a secret is any that a rule names, and its text is not readable, unless it says otherwise.
   *
   * @default none: an agent that names one is not loaded
   */
  secrets?: Readonly<Record<string, TestSecret>>
  /**
   * The agents that it calls, by their names: paths, or functions in their place.
   *
   * @default agents in folders beside it
   */
  tools?: Readonly<Record<string, string | URL | ToolFunction>>
  /**
   * The time of day at the start: a date, or milliseconds since 1970.
   *
   * @default 2000-01-01
   */
  now?: Date | number
  /**
   * Any text: the same gives the same random numbers, in the order in which they are drawn.
   *
   * @default 'mayfly'
   */
  seed?: string
  /**
   * Drivers of further capabilities.
   *
   * @default files in memory
   */
  drivers?: Omit<Drivers, 'kv' | 'http' | 'log' | 'secrets'>
  /**
   * Capabilities of your host, as `new Runtime` takes them.
   *
   * @default none
   */
  capabilities?: readonly HostModule[]
  /**
   * Folder of built components.
   *
   * @default as for `mayfly build`: `.mayfly/cache` beside the nearest package.json
   */
  cacheDirectory?: string
}
