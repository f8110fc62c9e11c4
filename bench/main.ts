/**
 * Runs suites: `npm run bench -- [suite | suite/case …] [--against PATH [--minutes N]] [--quick | --smoke]
 * [--strict]`.
 *
 * Every case runs in a separate process. Its findings are shown at the end and kept in `results/`. With `--against` it
 * runs in turn with the same case of another checkout, and only rows that are slower or faster are shown.
 *
 * Exit codes: 0, 1 when a case failed or is slower than in the other checkout, 2 for misuse, 3 when nothing can be
 * measured here.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import type { BenchOptions } from './bench.ts'
import { installContenders } from './install.ts'

const USAGE = `npm run bench -- [suite | suite/case …] [--against PATH [--minutes N]] [--quick | --smoke] [--strict]

  --against PATH  compare with the checkout in PATH, whose packages are installed: the same cases in turn, at most
                  40 rounds. For each row the ratio of this checkout to the other, and its interval; exit code 1
                  when a row is slower by more than 3 % and its interval is clear of 1. All rounds of one suite take an
                  hour and more; Ctrl-C ends it, and shows what was measured
  --minutes N     end --against after N minutes, with what was measured
  --quick         a look at everything, in about three minutes instead of twenty; 8 rounds of --against
  --smoke         only see that everything runs and that who is compared answers alike; nothing is kept
  --strict        measure nothing while the machine is busy
`

const wanted = readArguments()
if (typeof wanted === 'number') process.exitCode = wanted
else if (wanted.path !== undefined) {
  const { against } = await import('./against/against.ts')
  process.exitCode = await against({ ...wanted, path: wanted.path })
} else if (!installContenders()) process.exitCode = 3
else {
  // Imported late, because it imports packages that were just installed.
  const { bench } = await import('./bench.ts')
  process.exitCode = await bench(wanted)
}

interface Against {
  readonly path: string | undefined
  readonly minutes: number | undefined
}

/** Returns the cases to run, or the exit code when there are none. */
function readArguments(): (BenchOptions & Against) | number {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        against: { type: 'string' },
        minutes: { type: 'string' },
        quick: { type: 'boolean', default: false },
        smoke: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    const { against: path, minutes: limit, smoke, quick, strict, help } = values
    const minutes = limit === undefined ? undefined : Number(limit)
    if (minutes !== undefined && !(path !== undefined && minutes > 0))
      throw new TypeError(`Cannot use --minutes "${limit}": it takes a number, beside --against`)
    if (!help) {
      const pace = smoke ? 'smoke' : quick ? 'quick' : 'full'
      return { wanted: positionals, path, minutes, strict, pace }
    }
    process.stdout.write(USAGE)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    return 2
  }
}
