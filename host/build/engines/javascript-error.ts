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

type Place = readonly [line: number, column: number]

export interface EvaluationFailure {
  readonly agent: string
  readonly source: string
  readonly fence: Fence
  readonly bundle: Bundle
  /** What was thrown, without its stack. */
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
  const [innermost, ...others] = failure.frames
  const frames = innermost === undefined ? [] : [loopFrom(bundle.code, innermost), ...others]
  const problem: SourceProblem = {
    message: `still runs after ${timeoutMs / 1000} s while it is loaded`,
    ...(locate({ ...failure, frames }) ?? { file: toShown(source) }),
  }
  return buildError(agent, [problem], {
    hint: 'Top-level code runs while the agent is built: end the loop, move the work into the handler, or give more time with --build-timeout SECONDS',
    cause,
  })
}

const LOOP = /^(\s*)(?:[\w$]+:\s*)*(?:for|while|do)\b/

/**
 * The loop that a script is in whose engine last knew of `place`: it knows the places of calls, and a loop
 * without any is behind the last of them. esbuild begins a line with each loop.
 */
function loopFrom(code: string, place: Place): Place {
  const lines = code.split('\n')
  const [line, column] = place
  const at = lines.findIndex((text, index) => index >= line - 1 && LOOP.test(text))
  // A place inside a loop is one of a call there: it says more.
  if (at < 0 || isInLoop(lines, line - 1)) return [line, column]
  return [at + 1, (LOOP.exec(lines[at] ?? '')?.[1]?.length ?? 0) + 1]
}

/** Whether the line at `index` is indented below the header of a loop, or is one. */
function isInLoop(lines: readonly string[], index: number): boolean {
  let indent = Infinity
  for (let at = index; at >= 0; at--) {
    const text = lines[at] ?? ''
    if (text.trim() === '') continue
    const own = text.length - text.trimStart().length
    if (own >= indent) continue
    indent = own
    if (LOOP.test(text)) return true
  }
  return false
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
