/**
 * Bounds the memory of the module that evaluates agents while they are built, and has it ask a clock.
 *
 * @module
 */
import { rewriteModule } from '../../../runtime/binary/index.ts'

// Four times the default of an agent, because the initial state of an agent has to fit.
const MEMORY_BYTES = 256 * 1024 * 1024
const PAGE_BYTES = 65_536

/** The evaluator, with these bounds by itself, and of time with the imports of an `EvaluationClock`. */
export function boundEvaluator(evaluator: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return rewriteModule(evaluator, {
    fuel: true,
    maxMemoryPages: MEMORY_BYTES / PAGE_BYTES,
  }).bytes
}
