/** Runs a file of tests that standard input carries, as JSON, in this process. @module */
import { readFileSync, writeFileSync } from 'node:fs'
import { runTests } from './run-tests.js'

// A test may leave a rejected promise or a throwing timer behind: the others still count.
process.on('uncaughtException', () => {})
writeFileSync(3, JSON.stringify(await runTests(JSON.parse(readFileSync(0, 'utf8')))))
process.exit()
