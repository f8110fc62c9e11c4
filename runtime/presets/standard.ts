/**
 * Every capability Mayfly has. Drivers are the embedder's; without one a capability has nothing behind it and
 * answers `unavailable`, but for `kv`, `queue` and `files`, which are kept in memory then.
 *
 * @module
 */
import type { Capability, HostModule } from '../host-module/index.ts'
import type { SecretDriver } from '../capabilities/http/index.ts'
import { blob } from '../capabilities/blob/index.ts'
import { clock } from '../capabilities/clock/index.ts'
import { config } from '../capabilities/config/index.ts'
import { http, type HttpDriver } from '../capabilities/http/index.ts'
import { intl } from '../capabilities/intl/index.ts'
import { kv, memoryKv, type KvDriver } from '../capabilities/kv/index.ts'
import { consoleLog, log, type LogDriver } from '../capabilities/log/index.ts'
import { poll } from '../capabilities/poll/index.ts'
import { memoryQueue, queue, type QueueDriver } from '../capabilities/queue/index.ts'
import { random } from '../capabilities/random/index.ts'
import { secrets as secretKeys } from '../capabilities/secrets/index.ts'
import { tools } from '../capabilities/tools/index.ts'
import { websocket } from '../capabilities/websocket/index.ts'
import {
  memoryFiles,
  wasiCli,
  wasiClocks,
  wasiConfig,
  wasiFilesystem,
  wasiHttpService,
  wasiHttpTypes,
  wasiIo,
  wasiKeyvalue,
  wasiRandom,
  wasiSockets,
  wasiStdio,
  type FilesDriver,
} from '../wasi/index.ts'

/** The drivers of the built-in capabilities. */
export interface Drivers {
  /** @default memoryKv() */
  kv?: KvDriver
  /** @default memoryQueue() */
  queue?: QueueDriver
  /** @default none: every request is `unavailable` */
  http?: HttpDriver
  /** @default memoryFiles() */
  files?: FilesDriver
  /** @default consoleLog() */
  log?: LogDriver
  /** @default none: an http rule or a grant that names a secret is refused */
  secrets?: SecretDriver
}

type MethodsOf<Driver> = readonly (keyof NonNullable<Driver> & string)[]

/** The methods that each driver must have. Those that a driver may leave out are not listed. */
export const DRIVER_METHODS: {
  readonly [Kind in keyof Required<Drivers>]: MethodsOf<Drivers[Kind]>
} = {
  kv: ['open'],
  queue: ['send', 'lease', 'settle', 'nextAt', 'list', 'peek', 'revive', 'discard'],
  http: ['fetch'],
  files: ['open'],
  log: ['write'],
  secrets: ['get', 'hint'],
}

/** Interfaces of WASI that are made from the functions of a capability, by the name of that. */
const FACES: Readonly<Record<string, (capability: Capability) => Capability>> = {
  clock: wasiClocks,
  config: wasiConfig,
  kv: wasiKeyvalue,
  log: wasiStdio,
  random: wasiRandom,
}

/**
 * Adds the interfaces of WASI that are made from a capability's own: to a standard capability, and to one that replaces
 * it. Returns any other module unchanged.
 */
export function withWasi(module: HostModule): HostModule {
  const face = Object.hasOwn(FACES, module.name) ? FACES[module.name] : undefined
  const hasOwn = module.interfaces[0] === `mayfly:agent/${module.name}`
  const hasFace = module.interfaces.some((each) => each.startsWith('wasi:'))
  return face === undefined || !hasOwn || hasFace || !isCapability(module) ? module : face(module)
}

function isCapability(module: HostModule): module is Capability {
  return 'example' in module
}

/** The capabilities over the given drivers. An interface of two of them is answered by the first. */
export function standardCapabilities(
  {
    kv: kvDriver = memoryKv(),
    queue: queueDriver = memoryQueue(),
    http: httpDriver = noHttp(),
    files = memoryFiles(),
    log: logDriver = consoleLog(),
    secrets,
  }: Drivers = {},
  environment: (name: string) => string | undefined = () => undefined,
): HostModule[] {
  const httpOptions = secrets === undefined ? {} : { secrets }
  return [
    withWasi(log(logDriver)),
    withWasi(config({ environment })),
    withWasi(clock()),
    withWasi(random()),
    poll(),
    http(httpDriver, httpOptions),
    websocket(),
    withWasi(kv(kvDriver)),
    queue(queueDriver),
    blob(),
    secretKeys(secrets),
    tools(),
    intl(),
    wasiIo(),
    wasiHttpTypes(),
    wasiHttpService(),
    wasiCli(),
    wasiFilesystem({ files }),
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
