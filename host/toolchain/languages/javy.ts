/**
 * Programs for Javy, compiled by Javy itself: QuickJS and the program as one module for WASI 0.1, adapted.
 *
 * The compiler is a separate program, and no package of npm brings it. Without it the engine `quickjs` runs the same
 * programs.
 *
 * @module
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { MayflyError } from '../../../runtime/errors/index.ts'
import { adaptCoreModule } from '../adapt-core-module.ts'
import { buildError } from '../build-error.ts'
import { bundleAlone } from '../bundle.ts'
import { toShown } from '../shown-path.ts'
import type { BuildEngine, EngineBuild } from './language.ts'
import { findTool, runTool } from './run-tool.ts'

export const javy: BuildEngine = {
  async prepare(build) {
    const compiler = findTool('javy')
    if (compiler === undefined) throw missing(build.agent)
    const { code, inputs } = await bundleAlone(build)
    const { stdout } = await runTool(compiler, ['--version'], { cwd: dirname(build.source) })
    return {
      parts: [stdout.trim(), code],
      inputs: [compiler, ...inputs],
      componentize: async () => adaptCoreModule(await compile(build, compiler, code)),
    }
  },
}

async function compile(
  { agent, source }: EngineBuild,
  compiler: string,
  code: string,
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-javy-'))
  try {
    const [input, output] = [resolve(folder, 'agent.js'), resolve(folder, 'agent.wasm')]
    await writeFile(input, code)
    const args = ['build', '-o', output, input]
    const { exitCode, stderr } = await runTool(compiler, args, { cwd: folder })
    if (exitCode !== 0) {
      const message = `javy: ${stderr.trim() || `exit code ${String(exitCode)}`}`
      throw buildError(agent, [{ message, file: toShown(source) }])
    }
    return new Uint8Array(await readFile(output))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function missing(agent: string): MayflyError {
  return buildError(agent, [{ message: 'no "javy" on the path' }], {
    hint: 'Install it from https://github.com/bytecodealliance/javy/releases, or build with "engine": "quickjs", which runs the same programs',
  })
}
