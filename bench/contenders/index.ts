/** All contenders that answer the same request, in the order of the output. @module */
import type { Contender } from './contender.ts'
import { extism } from './extism.ts'
import { jcoInstantiate } from './jco-instantiate.ts'
import { mayfly } from './mayfly.ts'
import { bunProcess, denoProcess, nodeProcess, workerThread } from './process.ts'
import {
  honoServed,
  jcoServe,
  jcoServeWorker,
  mayflyServed,
  mayflyServesFetchEvent,
} from './served.ts'
import { quickjsEmscripten, quickjsWasiCreate, quickjsWasiRestore } from './quickjs.ts'
import { inProcess, isolatedVm, isolatedVmSnapshot, nodeVm } from './v8.ts'
import { workerdDynamic, workerdWorker } from './workerd.ts'

/** Of microseconds to milliseconds: measured many times. */
export const LIGHT: readonly Contender[] = [
  mayfly,
  inProcess,
  nodeVm,
  isolatedVm,
  isolatedVmSnapshot,
  quickjsEmscripten,
  quickjsWasiCreate,
  quickjsWasiRestore,
  jcoInstantiate,
  extism,
  workerdWorker,
  workerdDynamic,
]

/** Of tens of milliseconds: measured a few times. */
export const HEAVY: readonly Contender[] = [
  mayfly,
  workerThread,
  nodeProcess,
  denoProcess,
  bunProcess,
]

/** Asked over HTTP: the first is the ceiling. */
export const SERVED: readonly Contender[] = [
  honoServed,
  mayflyServed,
  mayflyServesFetchEvent,
  jcoServe,
  jcoServeWorker,
]
