/**
 * `mayfly new`: a folder with an agent that builds, runs and passes its test.
 *
 * @module
 */
import { relative } from 'node:path'
import { MayflyError } from '../../../runtime/errors/index.ts'
import type { Verb } from '../verb.ts'
import { createAgent } from './create-agent.ts'
import { isTemplate, TEMPLATES } from './template.ts'

export const newVerb: Verb = {
  name: 'new',
  summary: 'Make a folder with a working agent.',
  usage: `Usage: mayfly new <name> [--template <template>]

Makes the folder <name>, or the last part of it when <name> is a path, with the source of an agent,
its agent.json and a test.

Options:
  --template <template>  ${TEMPLATES.join(', ')}; default: ${TEMPLATES[0]}

Example:
  mayfly new hello && cd hello && mayfly dev
`,
  options: { template: { type: 'string', default: TEMPLATES[0] } },
  async run({ values: { template }, positionals: [path, ...more] }) {
    if (path === undefined || more.length > 0) {
      throw new MayflyError('ERR_USAGE', 'Cannot make an agent: one name is needed', {
        hint: 'mayfly new <name>',
      })
    }
    if (!isTemplate(template)) {
      throw new MayflyError('ERR_USAGE', `Cannot use template "${String(template)}": not known`, {
        hint: `Templates: ${TEMPLATES.join(', ')}`,
      })
    }
    const { directory, files } = await createAgent({ path, template })
    const folder = relative(process.cwd(), directory)
    for (const file of files) console.log(`${folder}/${file}`)
    const install = files.includes('package.json') ? 'npm install && ' : ''
    console.error(`\nNow: cd ${folder} && ${install}npx mayfly dev`)
    return 0
  },
}
