/**
 * Builds a component of an agent's JavaScript and QuickJS: evaluates the modules once, here, and keeps the
 * state they end in as the state every request begins with.
 *
 * @module
 */
import { buildTimeHost } from './build-time-host.ts'
import { EngineInstance } from './engine-instance.ts'
import { interfaceModules, NATIVES, PRELUDE } from './natives.ts'
import { snapshotModule } from './snapshot.ts'
import { loadTemplate, type Template } from './template.ts'

export interface ComponentizeQuickJsOptions {
  /**
   * One bundled ES module that exports `handler`, an object with a method `handle`. It may import the
   * interfaces of the world and nothing else.
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
}

// So that a script that recurses without end meets QuickJS's RangeError, which it can catch, before V8's own
// stack of about 1 MB is used up, which traps. Of a dozen ways to recurse through scripts the first trapped at
// 384 KB on Node 26; about 950 calls of a plain function fit. Recursion in the engine alone, such as JSON
// nested 100 000 deep, uses so little of the engine's stack for so much of V8's that it traps at any limit.
const MAX_STACK_BYTES = 224 * 1024
// What a request may allocate before memory has to grow.
const HEADROOM_BYTES = 512 * 1024
// Memory is a multiple of this, so that the modules of most agents declare the same.
const MEMORY_STEP_BYTES = 1024 * 1024
// A collection visits, and so writes, every object. A request that allocates less never pays for one.
const COLLECT_AFTER_BYTES = 4 * 1024 * 1024
const PAGE_BYTES = 65_536
// Where QuickJS reports its heap: the field `malloc_size` of JSMemoryUsage, which is 26 fields of 8 bytes.
const USAGE_BYTES = 208

/**
 * Builds the component of an agent.
 *
 * @throws {EvaluationError} what the agent throws, or a syntax error
 * @throws {MayflyError} ERR_BUILD_FAILED for a call of the host while modules are evaluated
 */
export async function componentizeQuickJs({
  source,
  filename = 'agent.js',
  cacheDirectory,
}: ComponentizeQuickJsOptions): Promise<Uint8Array<ArrayBuffer>> {
  const template = await loadTemplate(cacheDirectory)
  const imports = buildTimeHost(template.module)
  const compiler = new EngineInstance(template.module, imports)
  const modules: Modules = {
    prelude: compiler.compileModule(template.prelude, PRELUDE),
    interfaces: interfaceModules().map((made) => compiler.compileModule(made.source, made.name)),
    agent: compiler.compileModule(source, filename),
  }
  const engine = new EngineInstance(template.module, imports)
  install(engine, template, modules)
  return template.wrap(snapshot(engine, template))
}

/** Bytecode. */
interface Modules {
  readonly prelude: Uint8Array
  readonly interfaces: readonly Uint8Array[]
  readonly agent: Uint8Array
}

function install(engine: EngineInstance, template: Template, modules: Modules): void {
  const { exports } = engine
  exports.qjs_set_max_stack_size(MAX_STACK_BYTES)
  exports.initialize()

  const natives = exports.qjs_new_object()
  for (const [which, [native, length]] of NATIVES.entries()) {
    exports.bind(template.callHostIndex, natives, engine.text(native), length, which)
  }
  exports.qjs_set_prop_string(exports.qjs_get_global(), engine.text('mayflyNatives'), natives)

  const prelude = engine.evaluateModule(modules.prelude)
  const [dispatch = 0, idle = 0, failure = 0] = ['dispatch', 'idle', 'failure'].map((made) =>
    engine.property(prelude, made),
  )
  exports.install(dispatch, idle, failure)
  // Modules are found by their names once they are there, so the engine needs no loader.
  for (const bytecode of modules.interfaces) engine.evaluateModule(bytecode)
  const agent = engine.evaluateModule(modules.agent)
  engine.call(engine.property(prelude, 'serve'), engine.property(agent, 'handler'))
}

function snapshot(engine: EngineInstance, template: Template): Uint8Array<ArrayBuffer> {
  const { exports } = engine
  exports.qjs_run_gc()
  const usage = exports.wasm_malloc(USAGE_BYTES)
  exports.qjs_compute_memory_usage(usage)
  const used = Number(new DataView(exports.memory.buffer).getBigInt64(usage, true))
  exports.qjs_set_gc_threshold(used + COLLECT_AFTER_BYTES)
  makeRoom(engine)

  const memory = engine.memory
  const stackTop = exports.__stack_pointer.value
  // Below the stack pointer is what calls left behind: nothing reads it, and it differs for no good reason.
  memory.fill(0, 0, stackTop)
  const globals = new Map([
    ['__stack_pointer', stackTop],
    ['block', exports.block.value],
  ])
  return snapshotModule(template.sections, { memory, globals }, template.exports)
}

/** Grows the heap in time, to a round size: growing costs a request more than anything else it does. */
function makeRoom(engine: EngineInstance): void {
  const { exports } = engine
  const start = engine.memory.length + HEADROOM_BYTES
  const size = Math.ceil(start / MEMORY_STEP_BYTES) * MEMORY_STEP_BYTES
  const pointers = [exports.wasm_malloc(size - engine.memory.length - 2 * PAGE_BYTES)]
  // The rest in small steps: how much an allocation grows the heap depends on what is free at its end.
  while (engine.memory.length < size) pointers.push(exports.wasm_malloc(PAGE_BYTES / 2))
  for (const pointer of pointers) exports.wasm_free(pointer)
}
