/**
 * The host an agent finds while it is built: none, but for a clock that stands still, numbers that only
 * look random, and `intl`.
 *
 * Clock and numbers are fixed, because two builds of one source must give the same bytes. Random bytes for keys are
 * refused: with a snapshot every request would find the same key.
 *
 * @module
 */
import { MayflyError } from '../../../runtime/errors/index.ts'

// 2000-01-01: after every certificate and epoch a library may compare with, and plainly not the present.
const BUILD_TIME_MS = 946_684_800_000

/**
 * The imports of the core module, while an agent is built in it.
 *
 * @param intl - functions of that interface; without them calls of it are refused as well
 */
export function buildTimeHost(
  module: WebAssembly.Module,
  intl: WebAssembly.ModuleImports = {},
): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {}
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const functions = (imports[from] ??= {})
    functions[name] = () => {
      throw new MayflyError(
        'ERR_BUILD_FAILED',
        `Cannot call ${from}#${name}: no request is there yet`,
        {
          hint: 'Top-level code runs while the agent is built, without host: move the call into the handler',
          facts: { interface: from, function: name },
        },
      )
    }
  }
  Object.assign(imports['mayfly:agent/clock@0.2.0'] ?? {}, {
    now: () => BUILD_TIME_MS,
    monotonic: () => 0,
  })
  Object.assign(imports['mayfly:agent/random@0.2.0'] ?? {}, { next: fixedSequence() })
  Object.assign(imports['mayfly:agent/log@0.2.0'] ?? {}, { write: () => {} })
  Object.assign(imports['mayfly:agent/intl@0.2.0'] ?? {}, intl)
  return imports
}

/** Splitmix64: a libraries' `Math.random()` at its top level gets distinct numbers. */
function fixedSequence(): () => bigint {
  let state = 0n
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n)
    let mixed = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n)
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn)
    return mixed ^ (mixed >> 31n)
  }
}
