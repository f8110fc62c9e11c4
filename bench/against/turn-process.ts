/**
 * Runs one case of any checkout, in turns: `turn-process.ts CHECKOUT [SUITE CASE SAMPLING]`. Without a case it lists
 * the cases of the checkout.
 *
 * The checkout may be of a commit that knows nothing of turns. So this file belongs to the comparing checkout, and takes
 * only the suites from the other. A case reports after each of its rounds: there this process stops, synchronously,
 * until it gets the next turn. Messages leave as lines of JSON on descriptor 3; each byte on descriptor 4 is a turn.
 * Standard input would not work: packages that read it make it non-blocking.
 *
 * @module
 */
import { readFileSync, readSync, writeSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { InterleaveOptions } from '../measure/interleave.ts'
import type { Finding } from '../measure/result.ts'
import type { Case } from '../suites/suite.ts'

export interface ListedSuite {
  readonly suite: string
  readonly cases: readonly Pick<Case, 'name' | 'against'>[]
  /** Why it cannot be loaded; then it has no cases. */
  readonly error?: string
}

/** Messages of the process. After `turn` it waits, after `listed`, `found` and `failed` it ends. */
export type TurnMessage =
  | { readonly kind: 'listed'; readonly suites: readonly ListedSuite[] }
  | { readonly kind: 'turn' }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'found'; readonly findings: readonly Finding[] }
  | { readonly kind: 'failed'; readonly error: string }

/** `bench/suites/index.ts` of any checkout. */
interface Suites {
  readonly SUITES: readonly string[]
  loadSuite(name: string): Promise<readonly Case[]>
}

const MESSAGES = 3
const TURNS = 4

const [checkout = '', suite, name, sampling = '{}'] = process.argv.slice(2)

hideOptionalContenders()
try {
  const index = join(checkout, 'bench', 'suites', 'index.ts')
  const suites = (await import(pathToFileURL(index).href)) as Suites
  send(suite === undefined ? await list(suites) : await run(suites, suite))
} catch (error) {
  send({ kind: 'failed', error: textOf(error) })
}
// Cases leave runtimes and slots behind: they end with the process.
process.exit()

async function list({ SUITES, loadSuite }: Suites): Promise<TurnMessage> {
  const suites: ListedSuite[] = []
  for (const each of SUITES) {
    try {
      const cases = await loadSuite(each)
      suites.push({
        suite: each,
        cases: cases.map(({ name: own, against }) => ({
          name: own,
          ...(against === undefined ? {} : { against }),
        })),
      })
    } catch (error) {
      suites.push({ suite: each, cases: [], error: textOf(error) })
    }
  }
  return { kind: 'listed', suites }
}

async function run({ loadSuite }: Suites, of: string): Promise<TurnMessage> {
  awaitTurn()
  const found = (await loadSuite(of)).find((each) => each.name === name)
  if (found === undefined) throw new RangeError(`Cannot run case "${name}": no such case`)
  try {
    const findings = await found.run({
      quick: true,
      // As the process that compares wrote it.
      sampling: { ...(JSON.parse(sampling) as InterleaveOptions), onRound: passTurn },
      progress: passTurn,
      skip: (reason) => send({ kind: 'skipped', reason }),
    })
    return { kind: 'found', findings }
  } catch (error) {
    // By name: the class is the other checkout's.
    if (!(error instanceof Error) || error.name !== 'Skipped') throw error
    send({ kind: 'skipped', reason: error.message })
    return { kind: 'found', findings: [] }
  }
}

function passTurn(): void {
  send({ kind: 'turn' })
  awaitTurn()
}

function awaitTurn(): void {
  // Nothing comes any more when the process that compares has ended.
  if (readSync(TURNS, Buffer.alloc(1)) === 0) process.exit(1)
}

function send(message: TurnMessage): void {
  writeSync(MESSAGES, `${JSON.stringify(message)}\n`)
}

/**
 * Hides optional contenders: a contender that is installed for one checkout only would run, and leave garbage, between
 * the subjects that are compared.
 */
function hideOptionalContenders(): void {
  const file = join(import.meta.dirname, '..', 'package.json')
  const { optionalDependencies } = JSON.parse(readFileSync(file, 'utf8')) as {
    optionalDependencies: Readonly<Record<string, string>> // As package.json has it.
  }
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!Object.hasOwn(optionalDependencies, specifier)) return nextResolve(specifier, context)
      throw new Error(`Cannot import "${specifier}": contenders are not compared`)
    },
  })
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
