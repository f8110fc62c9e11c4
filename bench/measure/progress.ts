/** One bar for the cases of a run, on standard error and only where a person looks at it. @module */
import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  /** `share` of the case, 0 to 1. */
  case(name: string, share: number): void
  /** The case is done. */
  done(): void
  stop(): void
}

export function progress(cases: number): Progress {
  if (!process.stderr.isTTY) return SILENT
  const bar = new SingleBar(
    { format: ' {bar} {percentage} % · {name} · {duration_formatted}', stream: process.stderr },
    Presets.shades_classic,
  )
  let finished = 0
  bar.start(cases, 0, { name: '' })
  return {
    case: (name, share) => bar.update(finished + Math.min(1, share), { name }),
    done: () => bar.update(++finished),
    stop: () => bar.stop(),
  }
}

const SILENT: Progress = { case() {}, done() {}, stop() {} }
