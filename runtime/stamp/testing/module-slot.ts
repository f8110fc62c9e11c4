/**
 * One core module as a slot, for tests: rewritten, instantiated, initialised.
 *
 * @module
 */

import { parse } from '@bytecodealliance/jco'
import {
  analyzeModule,
  FUEL_GLOBAL,
  HOOK_MODULE,
  initialise,
  OUT_OF_FUEL,
  TURN,
  ROOM_GLOBAL,
  rewriteModule,
  type RewriteOptions,
} from '../../binary/index.ts'
import { FuelMeter } from '../../meter/index.ts'
import { collectState } from '../core-state.ts'
import { PageStore } from '../page-store.ts'
import { Stamper } from '../stamper.ts'

/** As much as there can be: 4 GiB. */
const ROOM = 2 ** 28

/** Parses the text of a core module. */
export async function wat(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await parse(text))
}

export interface ModuleSlot {
  readonly instance: WebAssembly.Instance
  readonly stamper: Stamper
  readonly store: PageStore
  readonly meter: FuelMeter
  /** The allocation left to it, in units of room. */
  readonly room: WebAssembly.Global<'i32'>
  /** Calls an export. A trap or an exception becomes its class and message. */
  call(name: string, ...values: unknown[]): unknown
}

export interface ModuleSlotOptions extends RewriteOptions {
  imports?: WebAssembly.Imports
  fuelSlice?: number
  /**
   * Where its images lie: slots that share it can carry each other's.
   *
   * @default a store of its own
   */
  store?: PageStore
}

export function moduleSlot(
  bytes: Uint8Array<ArrayBuffer>,
  { imports = {}, fuelSlice, store = new PageStore(), ...options }: ModuleSlotOptions = {},
): ModuleSlot {
  const rewritten = rewriteModule(bytes, { exportState: true, stripData: true, ...options })
  const meter = new FuelMeter(fuelSlice)
  const room = new WebAssembly.Global<'i32'>({ value: 'i32', mutable: true }, ROOM)
  const hooks = {
    [FUEL_GLOBAL]: meter.imports.fuel,
    [OUT_OF_FUEL]: meter.imports.out_of_fuel,
    [TURN]: meter.imports.turn,
    [ROOM_GLOBAL]: room,
  }
  const all = { ...imports, [HOOK_MODULE]: hooks }
  const instance = new WebAssembly.Instance(new WebAssembly.Module(rewritten.bytes), all)
  initialise(instance, all, rewritten)
  const tables = analyzeModule(bytes).mutatedTables.length > 0
  const stamper = new Stamper(collectState([instance], { tables }), store, { room })
  return {
    instance,
    stamper,
    store,
    meter,
    room,
    call: (name, ...values) => callExport(instance, name, values),
  }
}

export function callExport(
  instance: WebAssembly.Instance,
  name: string,
  values: readonly unknown[],
): unknown {
  const run = instance.exports[name]
  if (typeof run !== 'function') throw new TypeError(`Cannot find export "${name}"`)
  try {
    return run(...values) as unknown
  } catch (error) {
    return error instanceof Error ? `${error.constructor.name}: ${error.message}` : 'exception'
  }
}
