/**
 * Runs suites: `npm run bench -- [suite | suite/case …] [--quick | --smoke] [--strict]`.
 *
 * Every case runs in a process of its own; what it finds is shown at the end and kept in `results/`.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { installContenders } from './install.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // A look, in about three minutes.
    quick: { type: 'boolean', default: false },
    // Whether everything runs and all answer alike. Nothing is kept.
    smoke: { type: 'boolean', default: false },
    // Refuse to measure on a noisy machine.
    strict: { type: 'boolean', default: false },
  },
})
if (installContenders()) {
  // What was just installed is imported by it.
  const { bench } = await import('./bench.ts')
  process.exitCode = await bench({
    wanted: positionals,
    strict: values.strict,
    pace: values.smoke ? 'smoke' : values.quick ? 'quick' : 'full',
  })
} else process.exitCode = 2
