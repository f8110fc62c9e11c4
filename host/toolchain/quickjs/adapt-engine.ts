/**
 * Prepares the engine for the adapter: replaces some functions of the engine by functions of the adapter, and has one take
 * more of the stack.
 *
 * The replacements, in `components/quickjs`, know the layout of structures in the engine, which no interface
 * describes. So this works for one build of the engine, and refuses any other.
 *
 * @module
 */
import { MayflyError } from '../../../runtime/errors/index.ts'
import { sha256 } from '../../digest/index.ts'
import { withDirectDispatch } from './direct-dispatch.ts'
import { withPatches } from './patch-engine.ts'
import { readSections, writeSections } from './sections.ts'

interface Replacement {
  /** The number of the engine's function, which stands for its name: the module has no names. */
  readonly number: string
  /** The adapter's function. */
  readonly by: string
  /** The name under which the adapter imports the engine's own, if it does. */
  readonly kept?: string
}

// quickjs.wasm of quickjs-wasi 3.6.2.
const ENGINE_DIGEST = 'd4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9'

const REPLACED: readonly Replacement[] = [
  { number: '9', by: 'heapAllocate', kept: 'original.js_malloc_rt' },
  { number: '5', by: 'heapAllocateZeros', kept: 'original.js_calloc_rt' },
  { number: '14', by: 'heapReallocate', kept: 'original.js_realloc_rt' },
  { number: '10', by: 'heapFree', kept: 'original.js_free_rt' },
  { number: '7', by: 'heapSize', kept: 'original.js_arena_usable_size' },
  { number: '28', by: 'releaseValueOf', kept: 'original.JS_FreeValueRT' },
  { number: '27', by: 'releaseValue' },
  { number: '917', by: 'stringify', kept: 'original.JS_JSONStringify' },
]

// js_poll_interrupts: at each call and jump back of a script it counts down to a handler. An agent has no such
// handler: fuel stops a script that runs for too long.
const POLL_INTERRUPTS = '81'

/**
 * Functions that call themselves and have no stack frame, and the bytes that each call takes from now on: as those of
 * `patch-engine.ts` that have one.
 */
const STACK_COSTS: readonly (readonly [number: string, bytes: number])[] = [
  ['1050', 96], // js_parse_assign_expr2, for `a = a = …` and `a ? a ? …`; V8's stack ended at 7,300 of them
]

export interface AdaptEngineOptions {
  /**
   * Whether scripts look at the handler of interrupts.
   *
   * @default false
   */
  interruptible?: boolean
}

/** Returns the engine with the functions of the module `adapter` in it. */
export async function adaptEngine(
  engine: Uint8Array,
  adapter: string,
  { interruptible = false }: AdaptEngineOptions = {},
): Promise<Uint8Array> {
  const digest = sha256(engine)
  if (digest !== ENGINE_DIGEST) {
    throw new MayflyError(
      'ERR_BUILD_FAILED',
      `Cannot use QuickJS: it is another build, ${digest}`,
      {
        hint: 'Install the version of quickjs-wasi that the package.json of Mayfly names',
        facts: { digest },
      },
    )
  }
  const { default: binaryen } = await import('binaryen')
  const sections = withPatches(withDirectDispatch(readSections(engine)))
  const module = binaryen.readBinary(writeSections(sections))
  try {
    module.setFeatures(binaryen.Features.All)
    for (const { number, by, kept } of REPLACED) {
      const own = module.getFunction(number)
      const { params, results, vars, body } = binaryen.getFunctionInfo(own)
      if (kept !== undefined) {
        module.addFunction(kept, params, results, [...vars], module.copyExpression(body))
        module.addFunctionExport(kept, kept)
      }
      module.addFunctionImport(by, adapter, by, params, results)
      const args = binaryen.expandType(params).map((type, at) => module.local.get(at, type))
      module.removeFunction(number)
      module.addFunction(number, params, results, [], module.call(by, args, results))
    }
    const stack = binaryen.getExportInfo(module.getExport('__stack_pointer')).value
    for (const [number, bytes] of STACK_COSTS) {
      const { params, results, vars, body } = binaryen.getFunctionInfo(module.getFunction(number))
      const within = `${number} within its frame`
      module.addFunction(within, params, results, [...vars], module.copyExpression(body))
      module.removeFunction(number)
      const types = binaryen.expandType(params)
      const args = types.map((type, at) => module.local.get(at, type))
      const pointer = (): number => module.global.get(stack, binaryen.i32)
      const framed = [
        module.global.set(stack, module.i32.sub(pointer(), module.i32.const(bytes))),
        module.local.set(args.length, module.call(within, args, results)),
        module.global.set(stack, module.i32.add(pointer(), module.i32.const(bytes))),
        module.local.get(args.length, results),
      ]
      module.addFunction(number, params, results, [results], module.block(null, framed, results))
    }
    if (!interruptible) {
      const { params, results } = binaryen.getFunctionInfo(module.getFunction(POLL_INTERRUPTS))
      module.removeFunction(POLL_INTERRUPTS)
      module.addFunction(POLL_INTERRUPTS, params, results, [], module.i32.const(0))
    }
    return module.emitBinary()
  } finally {
    module.dispose()
  }
}
