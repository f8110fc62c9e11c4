/**
 * The engine at build time: evaluates JavaScript in an instance of the merged module, through the interface
 * of quickjs-wasi, in which a value is a pointer to a `JSValue`.
 *
 * Only large values are freed.
 *
 * @module
 */
import type { EvaluationClock } from './evaluation-clock.ts'
import { EvaluationError } from './evaluation-error.ts'
import { clearFree } from './heap.ts'
import type { BUILD_EXPORTS, EVALUATOR_EXPORTS } from './engine-exports.ts'
import type { BoundNative } from './interface-modules.ts'
import type { InstanceState } from './snapshot.ts'

type Pointer = number
type EngineFunction = (...args: number[]) => number
type EngineExports = Record<
  Exclude<(typeof BUILD_EXPORTS)[number], 'memory' | '__stack_pointer' | 'block'>,
  EngineFunction
> & {
  // Of the evaluator only.
  readonly [Name in (typeof EVALUATOR_EXPORTS)[number]]?: EngineFunction
} & {
  memory: WebAssembly.Memory
  __stack_pointer: WebAssembly.Global<'i32'>
  block: WebAssembly.Global<'i32'>
}

// JS_EVAL_TYPE_MODULE, JS_WRITE_OBJ_STRIP_SOURCE and JS_WRITE_OBJ_STRIP_DEBUG of quickjs.h.
const TYPE_MODULE = 1
const STRIP_SOURCE = 1 << 4
const STRIP_DEBUG = 1 << 5
const PROMISE_PENDING = 0
const PROMISE_REJECTED = 2
// JS_EVAL_TYPE_GLOBAL. Uses no name that a script may have given another meaning.
const TYPE_GLOBAL = 0
const STACK_NOW = 'try { null.x } catch (error) { error.stack }'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class EngineInstance {
  readonly exports: EngineExports
  readonly #clock: EvaluationClock | undefined

  /** With a clock, `module` is the evaluator, and code that runs for too long ends in an `EvaluationError`. */
  constructor(module: WebAssembly.Module, imports: WebAssembly.Imports, clock?: EvaluationClock) {
    this.#clock = clock
    const all = { ...imports, ...clock?.imports }
    // The cast names the exports that `mergeEngine` or `mergeEvaluator` kept.
    this.exports = new WebAssembly.Instance(module, all).exports as unknown as EngineExports
    clock?.readStackBy(() => this.#stackNow())
    this.exports.qjs_set_interrupt_handler?.(1)
  }

  /** Starts the engine, unless the module begins with a started one. Returns its first allocation. */
  start(): Pointer {
    this.exports._initialize()
    const first = this.exports.wasm_malloc(1)
    if (this.exports.qjs_init() !== 0) throw new Error('Cannot start QuickJS: out of memory')
    return first
  }

  get memory(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.exports.memory.buffer)
  }

  /** Runs a `step` of evaluating an agent: a trap in it becomes an error with a place. */
  attempt<Value>(step: () => Value): Value {
    try {
      return step()
    } catch (error) {
      const isTrap = error instanceof WebAssembly.RuntimeError || error instanceof RangeError
      if (!isTrap || this.#clock === undefined) throw error
      if (this.#clock.isLate) throw new EvaluationError('', '', 'late')
      throw new EvaluationError(error.message, this.#stackAfterTrap(), 'trapped')
    }
  }

  /**
   * Compiles a module. The module also stays in this instance under its name, so evaluate the result in another
   * instance, which has no other copy. Without `places`, its frames have no lines, and it takes less memory.
   */
  compileModule(source: string, name: string, places = true): Uint8Array<ArrayBuffer> {
    const { exports } = this
    const lengthOut = exports.wasm_malloc(4)
    const pointer = exports.qjs_compile(
      this.text(source),
      encoder.encode(source).length,
      this.text(name),
      TYPE_MODULE,
      // Without its source: functions keep theirs otherwise, nested ones once more for each level.
      places ? STRIP_SOURCE : STRIP_SOURCE | STRIP_DEBUG,
      lengthOut,
    )
    if (pointer === 0) throw this.#thrown(exports.qjs_get_exception())
    const length = new DataView(exports.memory.buffer).getUint32(lengthOut, true)
    return this.memory.slice(pointer, pointer + length)
  }

  /**
   * Evaluates a compiled module to its end, promise jobs included, and returns its namespace. The bytecode lies behind
   * `room` free bytes meanwhile, so that it leaves no hole among the values that stay.
   */
  evaluateModule(bytecode: Uint8Array, room = 0): Pointer {
    const { exports } = this
    const before = exports.wasm_malloc(room)
    const pointer = exports.wasm_malloc(bytecode.length)
    this.memory.set(bytecode, pointer)
    exports.wasm_free(before)
    const promise = this.check(exports.qjs_eval_bytecode(pointer, bytecode.length))
    // What the room had no place for lies behind it: then this becomes a hole, which may be kept as it is.
    this.memory.fill(0, pointer, pointer + bytecode.length)
    exports.wasm_free(pointer)
    this.#runJobs()
    const state = exports.qjs_promise_state(promise)
    const result = exports.qjs_promise_result(promise)
    if (state === PROMISE_REJECTED) throw this.#thrown(result)
    if (this.#clock?.isLate === true) throw this.#thrown(result)
    if (state === PROMISE_PENDING) {
      throw new EvaluationError('the promise it awaits at its top level never settles', '')
    }
    return result
  }

  /** Makes the functions of the adapter whose numbers `natives` has, and puts them into an object that is global as `name`. */
  bindNatives(name: string, callHostIndex: number, natives: readonly BoundNative[]): void {
    const { exports } = this
    const made = exports.qjs_new_object()
    for (const [which, native, length] of natives) {
      const text = this.text(native)
      exports.bind(callHostIndex, made, text, length, which)
      exports.wasm_free(text)
    }
    exports.qjs_set_prop_string(exports.qjs_get_global(), this.text(name), made)
  }

  property(target: Pointer, name: string): Pointer {
    return this.check(this.exports.qjs_get_prop_string(target, this.text(name)))
  }

  call(callee: Pointer, argument: Pointer): Pointer {
    const { exports } = this
    const values = exports.wasm_malloc(4)
    new DataView(exports.memory.buffer).setUint32(values, argument, true)
    return this.check(exports.qjs_call(callee, exports.qjs_get_undefined(), 1, values))
  }

  /** Returns `value` as a string of this thread. */
  string(value: Pointer): string | undefined {
    const pointer = this.exports.qjs_get_string(value)
    if (pointer === 0) return undefined
    const memory = this.memory
    return decoder.decode(memory.subarray(pointer, memory.indexOf(0, pointer)))
  }

  allocate(size: number): Pointer {
    return this.exports.wasm_malloc(size)
  }

  /** Clears memory that is not in use, which would differ between builds, and returns the rest. */
  takeState(heap: Pointer): InstanceState {
    const { exports } = this
    // An agent has no handler of interrupts.
    exports.qjs_set_interrupt_handler?.(0)
    const { memory } = this
    const stackTop = exports.__stack_pointer.value
    // Below the stack pointer lie remains of earlier calls.
    memory.fill(0, 0, stackTop)
    clearFree(this, heap)
    const globals = new Map([
      ['__stack_pointer', stackTop],
      ['block', exports.block.value],
    ])
    return { memory, globals }
  }

  /** Returns `value`, which must not be the exception. */
  check(value: Pointer): Pointer {
    if (this.exports.qjs_is_exception(value) !== 0)
      throw this.#thrown(this.exports.qjs_get_exception())
    return value
  }

  /** Writes `value` into the engine's heap, with a zero at the end. */
  text(value: string): Pointer {
    const bytes = encoder.encode(value)
    const pointer = this.exports.wasm_malloc(bytes.length + 1)
    this.memory.set(bytes, pointer)
    this.memory[pointer + bytes.length] = 0
    return pointer
  }

  #runJobs(): void {
    const { exports } = this
    while (exports.qjs_is_job_pending() !== 0) {
      if (exports.qjs_execute_pending_job() >= 0) continue
      const thrown = exports.qjs_get_exception()
      if (this.#clock?.isLate === true) throw this.#thrown(thrown)
    }
  }

  /** The frames of the script that is running; none when there is none. */
  #stackNow(): string {
    const length = encoder.encode(STACK_NOW).length
    const value = this.exports.qjs_eval?.(this.text(STACK_NOW), length, this.text(''), TYPE_GLOBAL)
    const frames = value === undefined ? '' : (this.string(value) ?? '')
    // Above them is the line of the error, and the first is that of the script that asks.
    return frames.split('\n').slice(2).join('\n')
  }

  /** The engine is where it was: its stack was left, and not unwound. */
  #stackAfterTrap(): string {
    try {
      return this.#stackNow()
    } catch {
      return ''
    }
  }

  #thrown(error: Pointer): EvaluationError {
    const message = this.string(error) ?? 'something that cannot be shown'
    const stack = this.exports.qjs_get_prop_string(error, this.text('stack'))
    const reason = this.#clock?.isLate === true ? 'late' : 'thrown'
    return new EvaluationError(message, this.string(stack) ?? '', reason)
  }
}
