/**
 * The state every agent begins in: the engine, the prelude and the guest library, evaluated.
 *
 * It is the same for all agents, page by page. The allocations of an agent lie behind it on other pages, so that
 * thousands of agents share one copy of these pages.
 *
 * @module
 */
import { STACK_BYTES } from '../../../runtime/manifest/manifest.ts'
import { buildTimeHost } from './build-time-host.ts'
import { EngineInstance } from './engine-instance.ts'
import { startNewPage } from './heap.ts'
import { BOUND, preludeNatives, type ModuleSource } from './interface-modules.ts'
import { withOneName } from './local-names.ts'
import type { InstanceState } from './snapshot.ts'

export interface BaseSources {
  /** The merged module. */
  readonly module: WebAssembly.Module
  /** Where the adapter's `callHost` is in the table. */
  readonly callHostIndex: number
  readonly prelude: ModuleSource
  readonly library: readonly ModuleSource[]
}

export interface Base {
  readonly state: InstanceState
  readonly places: BasePlaces
}

/** Addresses in the state. */
export interface BasePlaces {
  /** The prelude's `serve`. */
  readonly serve: number
  /** Pointer of the first allocation. */
  readonly heap: number
}

// No collection while an agent is evaluated: it would change the order in which objects are listed.
const NO_COLLECTION = 2 ** 31 - 1
// More than any module of the library allocates.
const ROOM_BYTES = 1024 * 1024

// The engine's tables of names and of shapes of objects double when they are full, and then every entry is written: 40 pages
// that agents had in common. So they double here, if the first 96 of an agent would have them do it.
const ROOM_IN_TABLES = `const all = []
for (let at = 0; at < 96; at++) all.push({ ['mayfly' + at]: at })
all.length = 0`

export function makeBase(sources: BaseSources): Base {
  const { module, prelude, library } = sources
  const imports = buildTimeHost(module)
  const compiler = new EngineInstance(module, imports)
  compiler.start()
  const modules = [prelude]
    .concat(library, { name: 'mayfly:room', source: ROOM_IN_TABLES })
    .map(({ name, source, locals = [] }) =>
      withOneName(compiler.compileModule(source, name, false), locals),
    )

  const engine = new EngineInstance(module, imports)
  const heap = engine.start()
  const serve = install(engine, sources, modules)
  engine.exports.qjs_run_gc()
  engine.exports.qjs_set_gc_threshold(NO_COLLECTION)
  engine.exports.renew(0)
  startNewPage(engine, heap)
  return { state: engine.takeState(heap), places: { serve, heap } }
}

/** Evaluates the modules, the prelude first. Returns its `serve`. */
function install(
  engine: EngineInstance,
  { callHostIndex }: BaseSources,
  modules: readonly Uint8Array[],
): number {
  const { exports } = engine
  exports.qjs_set_max_stack_size(STACK_BYTES.usual)
  exports.qjs_set_promise_rejection_handler(1)
  exports.initialize()

  engine.bindNatives(BOUND, callHostIndex, preludeNatives())

  const [first = new Uint8Array(0), ...others] = modules
  const prelude = engine.evaluateModule(first)
  const functions = ['dispatch', 'idle', 'failure', 'later', 'arrive', 'cancel', 'report', 'event']
  exports.install(...functions.map((made) => engine.property(prelude, made)))
  // Modules are found by their names once they are there, so the engine needs no loader.
  for (const bytecode of others) engine.evaluateModule(bytecode, ROOM_BYTES)
  return engine.property(prelude, 'serve')
}
