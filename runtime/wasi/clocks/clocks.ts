/**
 * `wasi:clocks` over the capability `clock`: as coarse as the manifest says.
 *
 * @module
 */
import type {
  Capability,
  HostFunction,
  Imports,
  InvocationContext,
} from '../../host-module/index.ts'
import { extend, type GuestFunctions } from '../extend.ts'
import { Pollable, untilReady, type Readiness } from '../io/index.ts'
import { TimerSet } from './timer-set.ts'

const SYSTEM_3 = 'wasi:clocks/system-clock@0.3'
const MONOTONIC_3 = 'wasi:clocks/monotonic-clock@0.3'
const TIMEZONE = 'wasi:clocks/timezone'
const TIMEZONE_3 = 'wasi:clocks/timezone@0.3'

const NANOS_A_MILLI = 1_000_000
const MILLIS_A_SECOND = 1000
// Of a coarse clock. A fine one says the same: how fine the host's is, a guest has to find out itself.
const RESOLUTION_NANOS = 1_000_000

type Functions = Readonly<Record<string, HostFunction>>

/** Adds `wasi:clocks` to `clock`. */
export function wasiClocks(clock: Capability): Capability {
  return extend(clock, {
    interfaces: [
      'wasi:clocks/wall-clock',
      'wasi:clocks/monotonic-clock',
      TIMEZONE,
      SYSTEM_3,
      MONOTONIC_3,
      TIMEZONE_3,
    ],
    suspends: [`${MONOTONIC_3}#wait-until`, `${MONOTONIC_3}#wait-for`],
    adapt: (functions, context) => ({
      'wasi:clocks/wall-clock': wallClock(functions),
      ...monotonicClocks(functions, context),
      [SYSTEM_3]: {
        now: () => datetimeOf(Number(functions['now']?.())),
        getResolution: () => BigInt(RESOLUTION_NANOS),
      },
      ...TIMEZONES,
    }),
  })
}

/** UTC everywhere: the zone of a host would tell a guest where it runs. */
const TIMEZONES: Imports = {
  [TIMEZONE]: {
    display: () => ({ utcOffset: 0, name: 'UTC', inDaylightSavingTime: false }),
    utcOffset: () => 0,
  },
  [TIMEZONE_3]: {
    ianaId: () => 'UTC',
    utcOffset: () => 0n,
    toDebugString: () => 'UTC',
  },
}

function wallClock(functions: GuestFunctions): Functions {
  return {
    now: () => datetimeOf(Number(functions['now']?.())),
    resolution: () => ({ seconds: 0n, nanoseconds: RESOLUTION_NANOS }),
  }
}

/** Of both versions: they share the timers of the invocation. */
function monotonicClocks(functions: GuestFunctions, context: InvocationContext): Imports {
  let timers: TimerSet | undefined
  const now = (): bigint => nanosOf(Number(functions['monotonic']?.()))
  const resolution = (): bigint => BigInt(RESOLUTION_NANOS)
  const at = (when: bigint): Readiness => (timers ??= new TimerSet(context)).at(when, now)
  const subscribeInstant = (when: bigint): Pollable => new Pollable(at(when))
  const waitUntil = (when: bigint): Promise<void> | undefined => {
    const due = at(when)
    return due.ready() ? undefined : uncancelled(due, context.callSignal)
  }
  return {
    'wasi:clocks/monotonic-clock': {
      now,
      resolution,
      subscribeInstant,
      subscribeDuration: (duration: bigint) => subscribeInstant(now() + duration),
    },
    [MONOTONIC_3]: {
      now,
      getResolution: resolution,
      waitUntil,
      waitFor: (duration: bigint) => waitUntil(now() + duration),
    },
  }
}

/** Resolves when it is `due`; never, and without a timer, once the guest has cancelled the call. */
async function uncancelled(due: Readiness, cancelled: AbortSignal): Promise<void> {
  const stop = (): void => due.dispose?.()
  cancelled.addEventListener('abort', stop)
  await untilReady(due)
  cancelled.removeEventListener('abort', stop)
}

export interface Datetime {
  readonly seconds: bigint
  readonly nanoseconds: number
}

export function datetimeOf(milliseconds: number): Datetime {
  const seconds = Math.floor(milliseconds / MILLIS_A_SECOND)
  return {
    seconds: BigInt(seconds),
    nanoseconds: Math.floor((milliseconds - seconds * MILLIS_A_SECOND) * NANOS_A_MILLI),
  }
}

function nanosOf(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * NANOS_A_MILLI))
}
