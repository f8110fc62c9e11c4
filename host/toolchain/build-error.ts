/**
 * How a failed build looks: each problem with its place, the line it is on, and a mark under it.
 *
 * @module
 */
import { MayflyError } from '../../runtime/errors/index.ts'

export interface SourceProblem {
  readonly message: string
  /** Relative to the current directory, or absolute. */
  readonly file?: string
  /** From 1. */
  readonly line?: number
  /** From 1. */
  readonly column?: number
  /** The text of that line. */
  readonly lineText?: string
}

export interface BuildErrorOptions {
  readonly hint?: string
  readonly cause?: unknown
}

/** The error of a build of `agent` that met `problems`. */
export function buildError(
  agent: string,
  problems: readonly SourceProblem[],
  { hint, cause }: BuildErrorOptions = {},
): MayflyError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  const first = problems[0]
  return new MayflyError(
    'ERR_BUILD_FAILED',
    `Cannot build agent "${agent}": ${count}\n${problems.map(render).join('\n')}`,
    {
      ...(hint === undefined ? {} : { hint }),
      ...(cause === undefined ? {} : { cause }),
      facts: {
        agent,
        ...(first?.file === undefined ? {} : { file: first.file }),
        ...(first?.line === undefined ? {} : { line: first.line }),
        ...(first?.column === undefined ? {} : { column: first.column }),
      },
    },
  )
}

function render({ message, file, line, column = 1, lineText }: SourceProblem): string {
  const place =
    file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}:${column}: `
  const heading = `  ${place}${message}`
  if (lineText === undefined || line === undefined) return heading
  const gutter = `    ${line} | `
  // Tabs stay tabs, so that the mark stands under the same column in any terminal.
  const indent = lineText.slice(0, column - 1).replaceAll(/[^\t]/g, ' ')
  return `${heading}\n${gutter}${lineText}\n${' '.repeat(gutter.length - 2)}| ${indent}^`
}
