/**
 * Runs the modules for WASI 0.1 of https://github.com/WebAssembly/wasi-testsuite, branch `prod/testsuite-base`, by its
 * own specifications: arguments, environment, directory, exit code and output.
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
import { adaptCoreModule } from '../../../host/toolchain/adapt-core-module.ts'
import { readSpecification, type Specification } from './specification.ts'
import { firstLine, type Verdict } from './verdict.ts'

const AGENT = 'tested'
// One test opens files until it has none left.
const DEADLINE_MS = 60_000
const AREA_BYTES = 67_108_864
const MAX_WRITE_BYTES = 65_536

export async function* runWasiTestsuite(checkout: string, only: string): AsyncIterable<Verdict> {
  const modules = globSync(join(checkout, 'tests/*/testsuite/wasm32-wasip1/*.wasm'))
  for (const file of modules.toSorted()) {
    const test = basename(file, '.wasm')
    if (!test.includes(only)) continue
    const group = file.split('/').at(-4) ?? ''
    yield { group: `${group} for WASI 0.1`, test, failure: await failureOf(file) }
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
    const exitCode = await run(file, specification, output)
    if (exitCode !== specification.exitCode)
      return `exits with ${exitCode}: ${firstLine(output.stderr)}`
    const differing = (['stdout', 'stderr'] as const).find(
      (name) => (specification[name] ?? output[name]) !== output[name],
    )
    return differing && `${differing} is ${JSON.stringify(output[differing])}`
  } catch (error) {
    return firstLine(output.stderr || error)
  }
}

async function run(
  file: string,
  { args, env, root }: Specification,
  output: Output,
): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-wasi-'))
  const files = directoryFiles({ directory })
  const runtime = new Runtime({ drivers: { files, log: { write() {} } } })
  try {
    const copy = join(directory, AGENT, 'output')
    const original = join(dirname(file), root ?? '')
    if (root !== undefined && existsSync(original)) cpSync(original, copy, { recursive: true })
    const area = root === undefined ? {} : { files: { output: { maxBytes: AREA_BYTES, at: '/' } } }
    const agent = await runtime.load({
      component: await adaptCoreModule(readFileSync(file)),
      manifest: {
        name: AGENT,
        capabilities: { config: env, ...area },
        limits: { deadlineMs: DEADLINE_MS },
      },
    })
    const { exitCode } = await agent.run({
      args,
      stdout: sinkTo(output, 'stdout'),
      stderr: sinkTo(output, 'stderr'),
    })
    return exitCode
  } finally {
    await runtime.close()
    rmSync(directory, { recursive: true })
  }
}

function sinkTo(output: Output, name: keyof Output): ByteSink {
  const decoder = new TextDecoder()
  return {
    room: () => MAX_WRITE_BYTES,
    wait: () => Promise.resolve(),
    write: (bytes) => void (output[name] += decoder.decode(bytes, { stream: true })),
  }
}
