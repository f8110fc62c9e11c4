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
import type { Fence } from '../fence/index.ts'
import { GUEST_DIRECTORY } from '../package-files.ts'
import { toShown } from '../shown-path.ts'
import { loopPlaces, type Place } from './loop-places.ts'

export interface EvaluationFailure {
  readonly agent: string
  readonly source: string
  readonly fence: Fence
  readonly bundle: Bundle
  /** The text of the error, without its stack. */
  readonly message: string
  /** `line:column` pairs of the bundle, innermost first, both from 1. */
  readonly frames: readonly Place[]
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

/** The error of an agent that still runs after `timeoutMs`, before any request has come. */
export function endlessError(
  failure: Omit<EvaluationFailure, 'message'>,
  timeoutMs: number,
): MayflyError {
  const { agent, source, bundle, cause } = failure
  const [innermost, ...callers] = failure.frames
  const [here, ...others] = innermost === undefined ? [] : loopPlaces(bundle.code, innermost)
  const frames = here === undefined ? [] : [here, ...callers]
  const lines = others.flatMap((place) => locate({ ...failure, frames: [place] })?.line ?? [])
  const elsewhere = lines.length === 0 ? '' : `, here or in a loop at line ${lines.join(', ')}`
  const problem: SourceProblem = {
    message: `still runs after ${timeoutMs / 1000} s while it is loaded${elsewhere}`,
    ...(locate({ ...failure, frames }) ?? { file: toShown(source) }),
  }
  return buildError(agent, [problem], {
    hint: 'Top-level code runs while the agent is built: end the loop, move the work into the handler, or give more time with --build-timeout SECONDS',
    cause,
  })
}

function locate({
  bundle,
  source,
  fence,
  frames,
}: Omit<EvaluationFailure, 'message'>): Partial<SourceProblem> | undefined {
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
      ...(fence.allows(path) ? lineAt(path, entry.originalLine) : {}),
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
