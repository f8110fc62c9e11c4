/**
 * Builds a component of an agent's JavaScript and QuickJS: evaluates the modules once, here, and keeps the
 * state they end in as the state every request begins with.
 *
 * @module
 */
import { STACK_BYTES } from '../../../runtime/manifest/manifest.ts'
import { buildTimeHost } from './build-time-host.ts'
import { EngineInstance } from './engine-instance.ts'
import { EvaluationClock } from './evaluation-clock.ts'
import { endOfHeap } from './heap.ts'
import { BOUND, importedModules } from './interface-modules.ts'
import { snapshotModule } from './snapshot.ts'
import { loadTemplate, type Template } from './template.ts'

export interface ComponentizeQuickJsOptions {
  /**
   * One bundled ES module that exports `handler`, an object with a method `handle`. It may import the
   * interfaces of the world and the guest library, and nothing else.
   */
  source: string
  /**
   * Name of the source in stack traces.
   *
   * @default 'agent.js'
   */
  filename?: string
  /**
   * Where the engine is kept after it has been put together for the first time, which takes seconds.
   *
   * @default `.mayfly/cache` in the folder of Mayfly
   */
  cacheDirectory?: string
  /**
   * Longest time the modules may run, in milliseconds.
   *
   * @default 10_000
   */
  timeoutMs?: number
  /**
   * Bytes of the stack of the engine: a call that needs more throws a RangeError, which the script can catch. Within
   * `STACK_BYTES`, it comes before the stack of the host has ended, which would be a trap.
   *
   * @default 229_376
   */
  stackBytes?: number
  /**
   * Takes what the handler says of the functions that it declares, as JSON. It says so in an instance of its own, which leaves
   * nothing in the image.
   *
   * @default it is not asked
   */
  onFunctions?: ((text: string) => void) | undefined
}

// Bytes that a request may allocate before memory has to grow.
const HEADROOM_BYTES = 512 * 1024
// Memory is a multiple of this, so that slots of most agents fit each other.
const MEMORY_STEP_BYTES = 256 * 1024
// A collection visits, and so writes, every object. A request that allocates less never pays for one.
const COLLECT_AFTER_BYTES = 4 * 1024 * 1024
// The first that requests allocate small blocks from: a larger one costs an agent nothing but address space.
const AREA_BYTES = 64 * 1024
const PAGE_BYTES = 65_536
// Code that runs for longer counts as an endless loop: libraries take milliseconds.
const TIMEOUT_MS = 10_000
const INTL = 'mayfly:agent/intl@'
// Where QuickJS reports its heap: the field `malloc_size` of JSMemoryUsage, which is 26 fields of 8 bytes.
const USAGE_BYTES = 208

/**
 * Builds the component of an agent.
 *
 * @throws {EvaluationError} when the agent throws, has a syntax error, or does not end
 * @throws {MayflyError} ERR_BUILD_FAILED for a call of the host while modules are evaluated
 */
export async function componentizeQuickJs({
  source,
  filename = 'agent.js',
  cacheDirectory,
  timeoutMs = TIMEOUT_MS,
  stackBytes = STACK_BYTES.usual,
  onFunctions,
}: ComponentizeQuickJsOptions): Promise<Uint8Array<ArrayBuffer>> {
  const template = await loadTemplate(cacheDirectory)
  const { evaluator, places } = template
  const clock = new EvaluationClock(timeoutMs)
  // Few agents name it, and to load it takes as long as to build a small one.
  const { buildTimeIntl } = source.includes(INTL) ? await import('./build-time-intl.ts') : {}
  const start = (): EngineInstance => {
    const host = buildTimeHost(
      evaluator,
      buildTimeIntl?.(() => made.exports),
    )
    const made = new EngineInstance(evaluator, host, clock)
    return made
  }
  const compiler = start()
  // First: the engine looks for what a module imports when it compiles it.
  const apart = importedModules(source, template.apart).map(({ name, source: text, natives }) => ({
    bytecode: compiler.compileModule(text, name, false),
    natives,
  }))
  const bytecode = compiler.attempt(() => compiler.compileModule(source, filename))
  const evaluate = (): { engine: EngineInstance; handler: number } => {
    const engine = start()
    engine.exports.qjs_set_max_stack_size(stackBytes)
    for (const { natives, bytecode: module } of apart) {
      if (natives.length > 0) engine.bindNatives(BOUND, places.callHostIndex, natives)
      engine.evaluateModule(module)
    }
    const handler = engine.attempt(() =>
      engine.property(engine.evaluateModule(bytecode), 'handler'),
    )
    return { engine, handler }
  }
  const { engine, handler } = evaluate()
  engine.attempt(() => engine.call(places.serve, handler))
  if (onFunctions !== undefined) {
    const asked = evaluate()
    const text = asked.engine.attempt(() => {
      const describe = asked.engine.property(asked.handler, 'describe')
      return asked.engine.string(asked.engine.call(describe, asked.handler))
    })
    onFunctions(text ?? '[]')
  }
  clock.stop()
  return template.wrap(snapshot(engine, template))
}

function snapshot(engine: EngineInstance, template: Template): Uint8Array<ArrayBuffer> {
  const { exports } = engine
  const usage = exports.wasm_malloc(USAGE_BYTES)
  exports.qjs_compute_memory_usage(usage)
  const used = Number(new DataView(exports.memory.buffer).getBigInt64(usage, true))
  exports.wasm_free(usage)
  exports.renew(AREA_BYTES)
  exports.qjs_set_gc_threshold(used + COLLECT_AFTER_BYTES)
  makeRoom(engine, template.places.heap)
  return snapshotModule(template.sections, engine.takeState(template.places.heap), template.exports)
}

/** Grows the heap in time, to a round size: growing costs a request more than anything else it does. */
function makeRoom(engine: EngineInstance, heap: number): void {
  const { exports } = engine
  const start = endOfHeap(engine, heap) + HEADROOM_BYTES
  const size = Math.ceil(start / MEMORY_STEP_BYTES) * MEMORY_STEP_BYTES
  const pointers: number[] = []
  // In small steps: the growth of the heap by an allocation depends on the free bytes at its end.
  while (engine.memory.length < size) pointers.push(exports.wasm_malloc(PAGE_BYTES / 2))
  for (const pointer of pointers) exports.wasm_free(pointer)
}
