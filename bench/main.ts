/**
 * Runs suites: `npm run bench -- [suite | suite/case …] [--quick] [--strict]`.
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
    quick: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
})
if (installContenders()) {
  // What was just installed is imported by it.
  const { bench } = await import('./bench.ts')
  process.exitCode = await bench({ ...values, wanted: positionals })
} else process.exitCode = 2
