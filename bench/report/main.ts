/**
 * Draws the report from the results: `npm run bench:report [-- --readme]`.
 *
 * `--readme` also writes the main plot and the table of the README.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { installContenders } from '../install.ts'

const { values } = parseArgs({ options: { readme: { type: 'boolean', default: false } } })

if (installContenders()) {
  const { writeReport } = await import('./write-report.ts')
  const report = await writeReport()
  if (report === undefined) {
    process.stderr.write('There are no results: npm run bench\n')
    process.exitCode = 1
  } else {
    if (report.remark !== undefined) process.stderr.write(`${report.remark}\n`)
    process.stdout.write(`${report.path}\n`)
    if (values.readme) {
      const { writeReadme } = await import('./readme.ts')
      for (const file of await writeReadme()) process.stdout.write(`${file}\n`)
    }
  }
} else process.exitCode = 2
