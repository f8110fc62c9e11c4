/**
 * `mayfly pack`: agents as files that a platform loads without their components.
 *
 * @module
 */
import { resolve } from 'node:path'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { manifestFromObject, type Manifest } from '../../../runtime/manifest/index.ts'
import { codeStore } from '../../drivers/code-store/index.ts'
import { PACK_TARGETS, writePack, type PackTarget } from '../../pack/index.ts'
import { bundleAgent } from '../agent-bundle.ts'
import { BUILD_OPTIONS, BUILD_USAGE, buildOptions } from '../build-options.ts'
import { formatBytes } from '../format.ts'
import { userCache } from '../user-cache.ts'
import type { ParsedArguments, Verb } from '../verb.ts'

const DEFAULT_TARGET: PackTarget = 'node'

export const verb: Verb = {
  name: 'pack',
  summary: 'Pack agents into files for Workers, Deno, Bun, browsers or Node.',
  usage: `Usage: mayfly pack [<agent>...] --out DIR [options]

Builds each <agent>, a folder or a component, by default the current folder, and writes into DIR what a
platform loads without its component: code that is rewritten, the state it starts from, its manifest.
A program imports DIR/index.js and gives it to loadPacked of mayfly/packed. Beside it is a program that serves
the agents over HTTP, with all of this package that it needs, and the settings to start it.

Files that are packed are trusted like code: keep them where only you can write. Pack again after an
update of mayfly; agents of another version are refused.

Options:
  --target NAME  ${PACK_TARGETS.join(', ')}. Default: ${DEFAULT_TARGET}
  --out DIR      Where to write
${BUILD_USAGE}
Example:
  mayfly pack components/examples/hello --target workerd --out packed
  npx workerd serve packed/config.capnp
`,
  options: {
    target: { type: 'string' },
    out: { type: 'string' },
    ...BUILD_OPTIONS,
  },
  async run({ values, positionals }) {
    const target = targetOf(values)
    const { out } = values
    if (typeof out !== 'string')
      throw new MayflyError('ERR_USAGE', 'Cannot pack: no folder to write to', {
        hint: 'Add --out DIR',
      })
    const options = buildOptions({ values })
    const agents = []
    for (const path of positionals.length === 0 ? ['.'] : positionals) {
      const { manifest, component } = await bundleAgent(path, options)
      agents.push({ manifest: parsed(manifest), component })
    }
    const cache = userCache()
    const written = await writePack({
      agents,
      target,
      directory: resolve(out),
      ...(cache === undefined
        ? {}
        : { codeStore: codeStore({ directory: resolve(cache, 'code') }) }),
    })
    for (const { name, bytes } of written.agents) console.log(`${name}  ${formatBytes(bytes)}`)
    const { count, bytes } = written.modules
    console.log(`${count} modules  ${formatBytes(bytes)}`)
    console.log(resolve(out, written.program))
    return 0
  },
}

function parsed(manifest: Manifest | Readonly<Record<string, unknown>>): Manifest {
  return manifestFromObject(manifest)
}

function targetOf({ target = DEFAULT_TARGET }: ParsedArguments['values']): PackTarget {
  const known = PACK_TARGETS.find((name) => name === target)
  if (known !== undefined) return known
  throw new MayflyError('ERR_USAGE', `Cannot pack for "${String(target)}": not a target`, {
    hint: `Targets: ${PACK_TARGETS.join(', ')}`,
  })
}
