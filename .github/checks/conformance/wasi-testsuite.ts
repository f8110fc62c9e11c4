/**
 * Runs the modules for WASI 0.1 and the components for 0.3 of https://github.com/WebAssembly/wasi-testsuite, branch
 * `prod/testsuite-base`, by its own specifications: arguments, environment, directory, exit code and output; requests,
 * answers and the servers that a test asks for.
 *
 * Each test has a copy of its directory, in the area `output` of an agent, at `/`.
 *
 * @module
 */
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { ByteSink } from '../../../runtime/host-module/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { directoryFiles } from '../../../host/drivers/directory-files/index.ts'
import { guardedFetch } from '../../../host/drivers/guarded-fetch/index.ts'
import { adaptCoreModule } from '../../../host/toolchain/adapt-core-module.ts'
import { readSpecification, type Specification } from './specification.ts'
import { openServers } from './test-servers.ts'
import { wrongAnswer } from './tested-service.ts'
import { firstLine, type Verdict } from './verdict.ts'

const AGENT = 'tested'
// One test opens files until it has none left.
const DEADLINE_MS = 60_000
const AREA_BYTES = 67_108_864
const MAX_WRITE_BYTES = 65_536
// A name that must not be found.
const NOWHERE = { host: 'nonexistent.invalid', scheme: 'http' }

export async function* runWasiTestsuite(checkout: string, only: string): AsyncIterable<Verdict> {
  const modules = globSync(join(checkout, 'tests/*/testsuite/wasm32-wasip{1,3}/*.wasm'))
  for (const file of modules.toSorted()) {
    const test = basename(file, '.wasm')
    if (!test.includes(only)) continue
    const group = file.split('/').at(-4) ?? ''
    const version = dirname(file).at(-1) ?? ''
    yield { group: `${group} for WASI 0.${version}`, test, failure: await failureOf(file) }
  }
}

/** What a program has written. */
interface Output {
  stdout: string
  stderr: string
}

async function failureOf(file: string): Promise<string | undefined> {
  const specification = readSpecification(file)
  const output: Output = { stdout: '', stderr: '' }
  try {
    const ended = await run(file, specification, output)
    if (typeof ended === 'string') return firstLine(`${ended} ${output.stderr}`)
    if (ended !== specification.exitCode) return `exits with ${ended}: ${firstLine(output.stderr)}`
    const differing = (['stdout', 'stderr'] as const).find(
      (name) => (specification[name] ?? output[name]) !== output[name],
    )
    return differing && `${differing} is ${JSON.stringify(output[differing])}`
  } catch (error) {
    return firstLine(output.stderr || error)
  }
}

/** Returns the exit code of a program; of a server the exit code of one that answers as it must, or what is wrong. */
async function run(
  file: string,
  { args, env, root, stdin, requests, servers, exitCode: expected }: Specification,
  output: Output,
): Promise<number | string> {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-wasi-'))
  const files = directoryFiles({ directory })
  const log = { write: ({ message }: { message: string }) => void (output.stderr += message) }
  const runtime = new Runtime({ drivers: { files, log, http: guardedFetch() } })
  const upstream = await openServers(servers)
  try {
    const copy = join(directory, AGENT, 'output')
    const original = join(dirname(file), root ?? '')
    if (root !== undefined && existsSync(original)) cpSync(original, copy, { recursive: true })
    const area = root === undefined ? {} : { files: { output: { maxBytes: AREA_BYTES, at: '/' } } }
    const agent = await runtime.load({
      component: await componentOf(file),
      manifest: {
        name: AGENT,
        capabilities: {
          config: { ...env, ...upstream.environment },
          http: [...upstream.rules, NOWHERE],
          ...area,
        },
        limits: { deadlineMs: DEADLINE_MS },
      },
    })
    if (requests.length > 0) return (await wrongAnswer(agent, requests)) ?? expected
    const { exitCode } = await agent.run({
      args,
      programName: basename(file),
      stdin,
      stdout: sinkTo(output, 'stdout'),
      stderr: sinkTo(output, 'stderr'),
    })
    return exitCode
  } finally {
    await runtime.close()
    await upstream[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true })
  }
}

async function componentOf(file: string): Promise<Uint8Array> {
  const bytes = readFileSync(file)
  return dirname(file).endsWith('wasip1') ? adaptCoreModule(bytes) : bytes
}

function sinkTo(output: Output, name: keyof Output): ByteSink {
  const decoder = new TextDecoder()
  return {
    room: () => MAX_WRITE_BYTES,
    wait: () => Promise.resolve(),
    write: (bytes) => void (output[name] += decoder.decode(bytes, { stream: true })),
  }
}
