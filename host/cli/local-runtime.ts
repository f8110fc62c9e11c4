/**
 * The runtime of verbs that need no server: the drivers of a host, in this process.
 *
 * @module
 */

import { join, resolve } from 'node:path'
import type { LogDriver } from '../../runtime/capabilities/log/index.ts'
import { FEATURES } from '../../runtime/manifest/index.ts'
import { Runtime, type RuntimeOptions } from '../../runtime/presets/index.ts'
import { directoryFiles } from '../drivers/directory-files/index.ts'
import { guardedFetch } from '../drivers/guarded-fetch/index.ts'
import { hostSecrets } from '../drivers/secrets/index.ts'
import { sqliteKv } from '../drivers/sqlite-kv/index.ts'
import type { SourceMaps } from '../source-maps/index.ts'
import { DEFAULT_DATA_DIRECTORY } from './data-directory.ts'
import { agentLog, checkPlatform, hostEnvironment, type Logger } from '../targets/node/index.ts'

export interface LocalRuntimeOptions {
  readonly logger: Logger
  /** For the stacks in the lines of agents. */
  readonly maps: SourceMaps
  /** Directory of the agent's stores and files; without it they are in memory. */
  readonly store: string | undefined
  /**
   * Data directory of a host, for its secrets alone.
   *
   * @default `.mayfly/data`
   */
  readonly dataDirectory?: string | undefined
  /**
   * Variables that the manifest may name, beside those of the process, which win.
   *
   * @default none
   */
  readonly variables?: Readonly<Record<string, string>>
  /**
   * Takes the log lines of agents.
   *
   * @default the logger
   */
  readonly log?: LogDriver
  readonly onInvocation?: NonNullable<RuntimeOptions['onInvocation']>
}

/** @throws {MayflyError} when this Node lacks a feature that the runtime needs */
export function localRuntime({
  logger,
  maps,
  store,
  dataDirectory = DEFAULT_DATA_DIRECTORY,
  log = agentLog(logger, maps),
  variables,
  ...rest
}: LocalRuntimeOptions): Runtime {
  checkPlatform()
  const environment = hostEnvironment(variables)
  return new Runtime({
    drivers: {
      http: guardedFetch(),
      log,
      secrets: hostSecrets({ environment, dataDirectory }),
      ...(store === undefined
        ? {}
        : {
            kv: sqliteKv({ directory: resolve(store) }),
            files: directoryFiles({ directory: join(resolve(store), 'files') }),
          }),
    },
    environment: (name) => environment[name],
    // A person who calls a component by hand has chosen it, and can end it with a key.
    features: FEATURES,
    // It ends after a few calls.
    warmUp: false,
    ...rest,
  })
}
