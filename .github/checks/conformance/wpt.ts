/**
 * Runs the files `*.any.js` of https://github.com/web-platform-tests/wpt in an agent on QuickJS and in Node.
 *
 * A test counts when Node passes it: the suite has others for browsers, for its own server, and for standards that have
 * changed since. A test that the agent fails must be in `web-platform/expected-failures.json` with a reason, and one
 * that it passes must not be there. Of the tests that count an agent has to pass a share, `SHARES`.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { buildAgent } from '../../../host/toolchain/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import type { Agent } from '../../../runtime/index.ts'
import type { RequiredShare } from './share.ts'
import { firstLine, type Verdict } from './verdict.ts'
import {
  expectedFailures,
  UNEXPLAINED,
  writeExpectedFailures,
  type Ran,
} from './web-platform/expected-failures.ts'
import { readTestFile, testFiles, type TestFile } from './web-platform/read-test-file.ts'

const FOLDER = fileURLToPath(new URL('web-platform/', import.meta.url))
// One file has 7,168 tests, the tables of 28 encodings: a row of its own, so that it does not outweigh the others.
const TABLES = 'encoding/textdecoder-fatal-single-byte.any.js'
const TABLES_GROUP = 'encoding, tables of single bytes'
const CRYPTOGRAPHY = 'WebCryptoAPI'
const AT_ONCE = 3

interface Outcome {
  readonly tests: readonly { readonly name: string; readonly failure?: string }[]
  readonly broken?: string
}

export interface WebPlatformOptions {
  /** Write the failures of this run to the list, instead of comparing with it. @default false */
  readonly update?: boolean
}

export async function* runWebPlatformTests(
  checkout: string,
  only: string,
  { update = false }: WebPlatformOptions = {},
): AsyncIterable<Verdict> {
  const runtime = new Runtime({ drivers: { log: { write: () => {} } } })
  try {
    const agent = await runtime.load(await buildAgent({ directory: FOLDER }))
    const expected = expectedFailures()
    const ran: Ran[] = []
    const paths = testFiles(checkout).filter((path) => path.includes(only))
    const files = paths.flatMap((path) => readTestFile(checkout, path))
    for (let at = 0; at < files.length; at += AT_ONCE) {
      const some = files.slice(at, at + AT_ONCE)
      const found = await Promise.all(some.map((file) => compare(agent, file)))
      for (const [index, failures] of found.entries())
        for (const [test, failure] of failures) {
          const path = some[index]?.path ?? ''
          ran.push({ path, test, passed: failure === undefined })
          const reason = expected.reasonOf(path, test)
          yield { group: groupOf(path), test: `${path} ${test}`, ...judge(failure, reason) }
        }
    }
    if (update) writeExpectedFailures(ran)
  } finally {
    await runtime.close()
  }
}

/**
 * What an agent has to pass: of cryptography by itself, which has more tests than all others, and of the others without the
 * tables, together.
 */
export const SHARES: readonly RequiredShare[] = [
  { name: CRYPTOGRAPHY, includes: (group) => group === CRYPTOGRAPHY, least: 0.92 },
  {
    name: `all but ${CRYPTOGRAPHY} and ${TABLES_GROUP}`,
    includes: (group) => group !== CRYPTOGRAPHY && group !== TABLES_GROUP,
    least: 0.92,
  },
]

function judge(
  failure: string | undefined,
  reason: string | undefined,
): Pick<Verdict, 'failure' | 'expected'> {
  if (reason === undefined) return { failure }
  if (failure === undefined) return { failure: `passes, but is listed: ${reason}` }
  return { failure, expected: reason !== UNEXPLAINED }
}

function groupOf(path: string): string {
  if (path === TABLES) return TABLES_GROUP
  const [area = '', part = ''] = path.split('/')
  return ['dom', 'fetch', 'html'].includes(area) ? `${area}/${part}` : area
}

/** The tests that Node passes, and what was wrong with each in the agent. */
async function compare(agent: Agent, file: TestFile): Promise<Map<string, string | undefined>> {
  const [inNode, inAgent] = await Promise.all([runInNode(file), runInAgent(agent, file)])
  const failures = new Map(
    named(inAgent).map(([name, failure]) => [name, failure && firstLine(failure)]),
  )
  const passed = named(inNode).filter(([, failure]) => failure === undefined)
  return new Map(
    passed.map(([name]) => [
      name,
      failures.has(name) ? failures.get(name) : firstLine(inAgent.broken ?? 'was not run'),
    ]),
  )
}

/** Gives tests of the same name a number each. */
function named({ tests }: Outcome): [name: string, failure: string | undefined][] {
  const seen = new Map<string, number>()
  return tests.map(({ name, failure }) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return [count === 1 ? name : `${name} (${count})`, failure]
  })
}

async function runInAgent(agent: Agent, file: TestFile): Promise<Outcome> {
  const body = JSON.stringify(file)
  try {
    const response = await agent.fetch(new Request('http://agent/', { method: 'POST', body }))
    if (response.status !== 200) return { tests: [], broken: await response.text() }
    return (await response.json()) as Outcome
  } catch (error) {
    return { tests: [], broken: firstLine(error) }
  }
}

/** In a process of its own, since the tests change what is global. */
function runInNode(file: TestFile): Promise<Outcome> {
  const program = fileURLToPath(new URL('web-platform/in-node.js', import.meta.url))
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'ignore', 'ignore', 'pipe'] })
  child.stdin?.on('error', () => {}).end(JSON.stringify(file))
  let text = ''
  child.stdio[3]?.on('data', (piece: Buffer) => void (text += piece.toString('latin1')))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () =>
      resolve(
        text === '' ? { tests: [] } : JSON.parse(Buffer.from(text, 'latin1').toString('utf8')),
      ),
    )
  })
}
