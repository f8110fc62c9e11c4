/** Programs. @module */
export { wasiCli } from './cli.ts'
export { wasiStdio } from './stdio.ts'
