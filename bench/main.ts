/**
 * Runs suites: `npm run bench -- [suite | suite/case …] [--quick | --smoke] [--strict]`.
 *
 * Every case runs in a process of its own; what it finds is shown at the end and kept in `results/`.
 *
 * Exit codes: 0, 1 when a case failed, 2 for misuse, 3 when nothing can be measured here.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import type { BenchOptions } from './bench.ts'
import { installContenders } from './install.ts'

const USAGE = `npm run bench -- [suite | suite/case …] [--quick | --smoke] [--strict]

  --quick   a look at everything, in about three minutes instead of twenty
  --smoke   only see that everything runs and that who is compared answers alike; nothing is kept
  --strict  measure nothing while the machine is busy
`

const wanted = readArguments()
if (typeof wanted === 'number') process.exitCode = wanted
else if (!installContenders()) process.exitCode = 3
else {
  // What was just installed is imported by it.
  const { bench } = await import('./bench.ts')
  process.exitCode = await bench(wanted)
}

/** What to run, or the exit code when that is nothing. */
function readArguments(): BenchOptions | number {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        smoke: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    const { smoke, quick, strict, help } = values
    if (!help) {
      return { wanted: positionals, strict, pace: smoke ? 'smoke' : quick ? 'quick' : 'full' }
    }
    process.stdout.write(USAGE)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    return 2
  }
}
