/**
 * `wasi:clocks` over the capability `clock`: as coarse as the manifest says.
 *
 * @module
 */
import type { Capability, HostFunction, InvocationContext } from '../../host-module/index.ts'
import { extend, type GuestFunctions } from '../extend.ts'
import { Pollable } from '../io/index.ts'
import { TimerSet } from './timer-set.ts'

const NANOS_A_MILLI = 1_000_000
const MILLIS_A_SECOND = 1000
// Of a coarse clock. A fine one says the same: how fine the host's is, a guest has to find out itself.
const RESOLUTION_NANOS = 1_000_000

type Functions = Readonly<Record<string, HostFunction>>

/** Adds `wasi:clocks` to `clock`. */
export function wasiClocks(clock: Capability): Capability {
  return extend(clock, {
    interfaces: ['wasi:clocks/wall-clock', 'wasi:clocks/monotonic-clock'],
    suspends: false,
    adapt: (functions, context) => ({
      'wasi:clocks/wall-clock': wallClock(functions),
      'wasi:clocks/monotonic-clock': monotonicClock(functions, context),
    }),
  })
}

function wallClock(functions: GuestFunctions): Functions {
  return {
    now: () => datetimeOf(Number(functions['now']?.())),
    resolution: () => ({ seconds: 0n, nanoseconds: RESOLUTION_NANOS }),
  }
}

function monotonicClock(functions: GuestFunctions, context: InvocationContext): Functions {
  let timers: TimerSet | undefined
  const now = (): bigint => nanosOf(Number(functions['monotonic']?.()))
  const subscribeInstant = (when: bigint): Pollable => {
    timers ??= new TimerSet(context)
    return new Pollable(timers.at(when, now))
  }
  return {
    now,
    resolution: () => BigInt(RESOLUTION_NANOS),
    subscribeInstant,
    subscribeDuration: (duration: bigint) => subscribeInstant(now() + duration),
  }
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
