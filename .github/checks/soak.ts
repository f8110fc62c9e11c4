/**
 * Runs the tests that have a count with a large count: `npm run soak [NAME …]`.
 *
 * These tests read `MAYFLY_SOAK`; `npm test` runs the same code with small counts. A NAME chooses the files with NAME in
 * their path. Each file runs alone, so that it measures only its own memory. At the end stands a table, with the lines
 * that tests print after `soak: `.
 *
 * Exit codes: 0, 1 when a test failed, 2 for a NAME that no such test has.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'

const SWITCH = 'MAYFLY_SOAK'
const NOTE = /^.*?soak: (.*)$/gm

const names = process.argv.slice(2)
const all = globSync('{runtime,host,components,bench}/**/*.test.ts', {
  exclude: ['**/node_modules/**'],
}).filter((file) => readFileSync(file, 'utf8').includes(SWITCH))
const unknown = names.find((name) => !all.some((file) => file.includes(name)))
if (unknown !== undefined) {
  process.stderr.write(
    `Cannot soak "${unknown}": the tests are\n  ${all.toSorted().join('\n  ')}\n`,
  )
  process.exitCode = 2
} else {
  const chosen = all.filter(
    (file) => names.length === 0 || names.some((name) => file.includes(name)),
  )
  const rows: string[] = []
  for (const file of chosen.toSorted()) {
    const started = performance.now()
    const { passed, output } = await run(file)
    const seconds = ((performance.now() - started) / 1000).toFixed()
    rows.push(`${passed ? 'passed' : 'FAILED'}  ${seconds.padStart(5)} s  ${file}`)
    for (const [, note] of output.matchAll(NOTE)) rows.push(`                 ${note}`)
    if (!passed) process.exitCode = 1
  }
  process.stdout.write(`\n${rows.join('\n')}\n`)
}

function run(file: string): Promise<{ passed: boolean; output: string }> {
  const child = spawn('vitest', ['run', '--config', '.config/vitest.config.ts', file], {
    env: { ...process.env, [SWITCH]: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
    process.stdout.write(chunk as Buffer)
  })
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ passed: code === 0, output }))
  })
}
