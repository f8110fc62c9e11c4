/**
 * Results as JSON lines: one finding a line, each with everything needed to read it alone.
 *
 * @module
 */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BENCH_DIRECTORY } from '../install.ts'
import type { Machine } from './machine.ts'
import type { Noise } from './noise.ts'
import { isMet, type Finding } from './result.ts'

export const RESULTS_DIRECTORY: string = join(BENCH_DIRECTORY, 'results')

/** Facts that are the same for all findings of one run. */
export interface Run {
  /** ISO 8601, of the start. */
  readonly at: string
  readonly command: string
  readonly quick: boolean
  readonly machine: Machine
  readonly noise: Noise
}

export interface ResultLine extends Finding {
  readonly suite: string
  readonly case: string
  readonly met?: boolean
  readonly run: Run
}

/** One file for each run, named after its start and its commit. Written during the run. */
export function resultsFile({ at, machine }: Run): string {
  mkdirSync(RESULTS_DIRECTORY, { recursive: true })
  const moment = at.replace(/\..*/, '').replaceAll(':', '')
  return join(RESULTS_DIRECTORY, `${moment}-${machine.commit.replace('+', '-changed')}.jsonl`)
}

export function toResultLine(suite: string, name: string, finding: Finding, run: Run): ResultLine {
  const met = isMet(finding)
  return { suite, case: name, ...finding, ...(met === undefined ? {} : { met }), run }
}

export function appendResults(file: string, lines: readonly ResultLine[]): void {
  appendFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
