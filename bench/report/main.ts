/** Draws the report from the results: `npm run bench:report`. @module */
import { installContenders } from '../install.ts'

if (installContenders()) {
  const { writeReport } = await import('./write-report.ts')
  const path = writeReport()
  process.stdout.write(path === undefined ? 'There are no results: npm run bench\n' : `${path}\n`)
} else process.exitCode = 2
