/**
 * Runs the files `*.any.js` of https://github.com/web-platform-tests/wpt in an agent on QuickJS and in Node.
 *
 * A test counts when Node passes it: the suite has others for browsers, for its own server, and for standards that have
 * changed since. A test that the agent fails must be in `web-platform/expected-failures.json` with a reason, and one
 * that it passes must not be there.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { buildAgent } from '../../../host/toolchain/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import type { Agent } from '../../../runtime/index.ts'
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
    for (let at = 0; at < paths.length; at += AT_ONCE) {
      const files = paths.slice(at, at + AT_ONCE).map((path) => readTestFile(checkout, path))
      const found = await Promise.all(files.map((file) => compare(agent, file)))
      for (const [index, failures] of found.entries())
        for (const [test, failure] of failures) {
          const path = paths[at + index] ?? ''
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

function judge(
  failure: string | undefined,
  reason: string | undefined,
): Pick<Verdict, 'failure' | 'expected'> {
  if (reason === undefined) return { failure }
  if (failure === undefined) return { failure: `passes, but is listed: ${reason}` }
  return { failure, expected: reason !== UNEXPLAINED }
}

function groupOf(path: string): string {
  if (path === TABLES) return 'encoding, tables of single bytes'
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
