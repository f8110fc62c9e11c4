/**
 * Every capability Mayfly has. Drivers are the embedder's; without one a capability has nothing behind it and
 * answers `unavailable`, but for `kv` and `files`, which are kept in memory then.
 *
 * @module
 */
import type { Capability, SecretDriver } from '../host-module/index.ts'
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

/** The capabilities over the given drivers. An interface of two of them is answered by the first. */
export function standardCapabilities(
  {
    kv: kvDriver = memoryKv(),
    http: httpDriver = noHttp(),
    files = memoryFiles(),
    log: logDriver = consoleLog(),
    secrets,
  }: Drivers = {},
  environment: (name: string) => string | undefined = () => undefined,
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
