/**
 * `mayfly new`: a folder with an agent that builds, runs and passes its test.
 *
 * @module
 */
import { relative } from 'node:path'
import { MayflyError } from '../../../../runtime/errors/index.ts'
import { installCommand } from '../../../toolchain/index.ts'
import type { Verb } from '../../verb.ts'
import { createAgent } from './create-agent.ts'
import { findTemplate, TEMPLATES } from './template.ts'

export const verb: Verb = {
  name: 'new',
  summary: 'Make a folder with a working agent.',
  usage: `Usage: mayfly new <name> [--template <template>]

Makes the folder <name>, or the last part of it when <name> is a path, with the source of an agent,
its agent.json and a test.

Options:
  --template <template>  default: ${TEMPLATES[0]}
    typescript, ts  a module with fetch, on QuickJS
    hono            the same, as a Hono app
    starlingmonkey  a service on the event fetch and every Web API; 13 MB
    assemblyscript  TypeScript's syntax, compiled to a few kilobytes
    c               standard input to standard output; needs clang, lld and wasi-libc
    javy            a program for Javy: standard input to standard output

Example:
  mayfly new hello && cd hello && mayfly dev
`,
  options: { template: { type: 'string', default: TEMPLATES[0] } },
  async run({ values, positionals: [path, ...more] }) {
    if (path === undefined || more.length > 0) {
      throw new MayflyError('ERR_USAGE', 'Cannot make an agent: one name is needed', {
        hint: 'mayfly new <name>',
      })
    }
    const template = findTemplate(values['template'])
    if (template === undefined) {
      const name = String(values['template'])
      throw new MayflyError('ERR_USAGE', `Cannot use template "${name}": not known`, {
        hint: `Templates: ${TEMPLATES.join(', ')}`,
      })
    }
    const { directory, files, missing, missingCompilers } = await createAgent({ path, template })
    const folder = relative(process.cwd(), directory)
    for (const file of files) console.log(`${folder}/${file}`)
    const steps = [
      `cd ${folder}`,
      ...(files.includes('package.json') ? ['npm install'] : []),
      ...(missing.length === 0 ? [] : [`npm install ${missing.join(' ')}`]),
      ...(missingCompilers.length === 0 ? [] : [installCommand(missingCompilers)]),
      'npx mayfly dev',
    ]
    console.error(`\nNow: ${steps.join(' && ')}`)
    return 0
  },
}
