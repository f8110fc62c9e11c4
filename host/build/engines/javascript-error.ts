/**
 * Finds the agent's own line in an error that its modules threw while the engine evaluated them.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, resolve } from 'node:path'
import type { MayflyError } from '../../../runtime/errors/index.ts'
import { buildError, type SourceProblem } from '../build-error.ts'
import type { Bundle } from '../bundle.ts'
import { GUEST_DIRECTORY } from '../package-files.ts'
import { toShown } from '../shown-path.ts'

export interface EvaluationFailure {
  readonly agent: string
  readonly source: string
  readonly bundle: Bundle
  /** What was thrown, without its stack. */
  readonly message: string
  /** `line:column` pairs of the bundle, innermost first, both from 1. */
  readonly frames: readonly (readonly [line: number, column: number])[]
  readonly cause: unknown
}

// How the guest library begins when it does not take the module of the agent.
const REFUSAL = 'Cannot build the agent: '

/** The error of an agent that throws before any request has come. */
export function evaluationError(failure: EvaluationFailure): MayflyError {
  const { agent, source, message, cause } = failure
  if (message.startsWith(REFUSAL)) {
    const refused = { message: message.slice(REFUSAL.length), file: toShown(source) }
    return buildError(agent, [refused], { cause })
  }
  const problem: SourceProblem = {
    message: `throws while it is loaded: ${message}`,
    ...(locate(failure) ?? { file: toShown(source) }),
  }
  return buildError(agent, [problem], {
    hint: 'Top-level code runs while the agent is built, without host: move what needs a request into the handler',
    cause,
  })
}

function locate({ bundle, source, frames }: EvaluationFailure): Partial<SourceProblem> | undefined {
  const map = new SourceMap(JSON.parse(bundle.sourceMap))
  for (const [line, column] of frames) {
    const entry = map.findEntry(line - 1, column - 1)
    if (!('originalSource' in entry)) continue
    const path = resolve(dirname(source), entry.originalSource)
    // Frames of the library say where it noticed; the caller's say where it came from.
    if (path.startsWith(GUEST_DIRECTORY) || path.includes('mayfly-entry:')) continue
    return {
      file: toShown(path),
      line: entry.originalLine + 1,
      column: entry.originalColumn + 1,
      ...lineAt(path, entry.originalLine),
    }
  }
  return undefined
}

function lineAt(path: string, index: number): { lineText?: string } {
  try {
    const lineText = readFileSync(path, 'utf8').split(/\r?\n/)[index]
    return lineText === undefined ? {} : { lineText }
  } catch {
    return {}
  }
}
