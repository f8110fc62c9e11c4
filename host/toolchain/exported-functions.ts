/**
 * Recognises an agent that exports functions, which need code that others do not have.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import type { BuildOptions } from 'esbuild'
import { runFile } from './esbuild.ts'
import { schemasOf, SERVE_FUNCTIONS } from './extra-globals.ts'

// Others are not asked: the bundler would run once more for each agent.
const MENTIONED = /\bfunctions\b|\bexport\s*\*/

/**
 * Returns the lines of a module that exports the agent at `source`, with its functions; nothing when it exports none.
 *
 * @param options - of the bundler
 */
export async function functionLines(
  source: string,
  options: BuildOptions,
): Promise<string[] | undefined> {
  if (!MENTIONED.test(readFileSync(source, 'utf8'))) return undefined
  const { metafile, outputFiles } = await runFile(source, options)
  const exported = Object.values(metafile.outputs).flatMap((output) => output.exports)
  if (!exported.includes('functions')) return undefined
  const code = outputFiles.find(({ path }) => path.endsWith('.js'))?.text ?? ''
  const [agent, from] = exported.includes('default')
    ? ['agent', 'agent, { functions }']
    : ['onlyFunctions', '{ functions }']
  return [
    ...schemasOf(code),
    SERVE_FUNCTIONS,
    `import ${from} from ${JSON.stringify(source)}`,
    "import { serve } from 'mayfly/guest/serve'",
    `export const handler = withFunctions(serve(${agent}), functions)`,
  ]
}
