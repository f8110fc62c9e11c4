/**
 * The runtime with every capability Mayfly has. Drivers are the embedder's; without one a capability has
 * nothing behind it and answers `unavailable`, but for `kv` and `files`, which are kept in memory then.
 *
 * @module
 */
import type { Capability, SecretDriver } from '../capability/index.ts'
import { blob } from '../capabilities/blob/index.ts'
import { clock } from '../capabilities/clock/index.ts'
import { config } from '../capabilities/config/index.ts'
import { http, type HttpDriver } from '../capabilities/http/index.ts'
import { kv, memoryKv, type KvDriver } from '../capabilities/kv/index.ts'
import { consoleLog, log, type LogDriver } from '../capabilities/log/index.ts'
import { poll } from '../capabilities/poll/index.ts'
import { random } from '../capabilities/random/index.ts'
import { tools } from '../capabilities/tools/index.ts'
import {
  memoryFiles,
  wasiCli,
  wasiClocks,
  wasiConfig,
  wasiFilesystem,
  wasiHttp,
  wasiHttpTypes,
  wasiIo,
  wasiKeyvalue,
  wasiRandom,
  wasiSockets,
  wasiStdio,
  type FilesDriver,
} from '../wasi/index.ts'
import { hostTypes } from './host-types.gen.ts'
import { Runtime as Engine, type RuntimeOptions as EngineOptions } from '../engine/index.ts'

export interface Drivers {
  /** @default memoryKv() */
  kv?: KvDriver
  /** @default none: every request is `unavailable` */
  http?: HttpDriver
  /** @default memoryFiles() */
  files?: FilesDriver
  /** @default consoleLog() */
  log?: LogDriver
  /** @default none: an http rule that names a secret is refused */
  secrets?: SecretDriver
}

export interface RuntimeOptions extends Omit<EngineOptions, 'capabilities' | 'types'> {
  drivers?: Drivers
  /**
   * Reads a variable of the host's environment, for `{ "env": "NAME" }` in a manifest's config.
   *
   * @default none is set
   */
  environment?: (name: string) => string | undefined
  /** Capabilities beside the built-in ones. One with the name of a built-in replaces it. */
  capabilities?: readonly Capability[]
}

/** Loads agents and runs them, with the built-in capabilities over the given drivers. */
export class Runtime extends Engine {
  constructor({
    drivers = {},
    environment = () => undefined,
    capabilities = [],
    ...options
  }: RuntimeOptions = {}) {
    const names = new Set(capabilities.map(({ name }) => name))
    const builtIn = builtInCapabilities(drivers, environment).filter(({ name }) => !names.has(name))
    super({ types: hostTypes, ...options, capabilities: [...builtIn, ...capabilities] })
  }
}

function builtInCapabilities(
  {
    kv: kvDriver = memoryKv(),
    http: httpDriver = noHttp(),
    files = memoryFiles(),
    log: logDriver = consoleLog(),
    secrets,
  }: Drivers,
  environment: (name: string) => string | undefined,
): Capability[] {
  const httpOptions = secrets === undefined ? {} : { secrets }
  return [
    wasiStdio(log(logDriver)),
    wasiConfig(config({ environment })),
    wasiClocks(clock()),
    wasiRandom(random()),
    poll(),
    http(httpDriver, httpOptions),
    wasiKeyvalue(kv(kvDriver)),
    blob(),
    tools(),
    wasiIo(),
    // Before programs: a component that is both is served over HTTP.
    wasiHttpTypes(),
    wasiCli(),
    wasiFilesystem({ files }),
    wasiHttp(httpDriver, httpOptions),
    wasiSockets(),
  ]
}

function noHttp(): HttpDriver {
  return {
    name: 'none',
    fetch() {
      return Promise.reject(new Error('No http driver was given to the runtime'))
    },
  }
}
