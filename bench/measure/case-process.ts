/**
 * Runs one case in this process and sends its findings to the process that started it.
 *
 * Each case has a separate process, so that it leaves neither garbage nor compiled code to the next.
 *
 * @module
 */
import { isSuite, loadSuite } from '../suites/index.ts'
import { PACES, Skipped, type CaseContext, type Pace } from '../suites/suite.ts'
import type { InterleaveOptions } from './interleave.ts'
import type { Finding } from './result.ts'

/** Messages from the process that runs a case to the process that started it. */
export type CaseMessage =
  | { readonly kind: 'cases'; readonly names: readonly string[] }
  | { readonly kind: 'progress'; readonly share: number }
  | { readonly kind: 'found'; readonly findings: readonly Finding[] }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: string }

const SAMPLING: Readonly<Record<Pace, InterleaveOptions>> = {
  full: { rounds: 20, batchMs: 30, warmUpMs: 400 },
  quick: { rounds: 4, batchMs: 8, warmUpMs: 80 },
  smoke: { rounds: 1, batchMs: 1, warmUpMs: 1 },
}

const [suite = '', wanted, pace] = process.argv.slice(2)

try {
  if (!isSuite(suite)) throw new RangeError(`Cannot run suite "${suite}": no such suite`)
  const cases = await loadSuite(suite)
  if (wanted === undefined) send({ kind: 'cases', names: cases.map(({ name }) => name) })
  else {
    const found = cases.find(({ name }) => name === wanted)
    if (found === undefined) throw new RangeError(`Cannot run case "${wanted}": no such case`)
    send({
      kind: 'found',
      findings: await found.run(contextOf(PACES.find((each) => each === pace) ?? 'full')),
    })
  }
} catch (error) {
  if (error instanceof Skipped) {
    send({ kind: 'skipped', reason: error.message })
    send({ kind: 'found', findings: [] })
  } else
    send({ kind: 'failed', error: error instanceof Error ? String(error.stack) : String(error) })
}
// Cases leave runtimes, servers and slots behind: they end with the process.
process.disconnect?.()
process.exit()

function contextOf(measured: Pace): CaseContext {
  const progress = (share: number): void => send({ kind: 'progress', share })
  return {
    quick: measured !== 'full',
    sampling: { ...SAMPLING[measured], onRound: (done, rounds) => progress(done / rounds) },
    progress,
    skip: (reason) => send({ kind: 'skipped', reason }),
  }
}

function send(message: CaseMessage): void {
  process.send?.(message)
}
