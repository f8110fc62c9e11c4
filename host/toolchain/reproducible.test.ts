/**
 * The same source becomes the same bytes, wherever it lies and whenever it is built: digests and signatures rest on it.
 *
 * @module
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../runtime/testing/peers.ts'
import { missingToolchain } from '../../runtime/wasi/testing/compile-c.ts'
import { buildAgent, PACKAGE_DIRECTORY } from './index.ts'
import { withStableNames } from './stable-names.ts'

const root = mkdtempSync(join(tmpdir(), 'mayfly-reproducible-'))
const EXAMPLES = join(PACKAGE_DIRECTORY, 'components', 'examples')
// Above the second there are more folders, so that relative paths to Mayfly and to packages differ.
const FOLDERS = [join(root, 'one'), join(root, 'deep', 'er', 'two')]

afterAll(() => rmSync(root, { recursive: true }))

/** Modules of Node, a package, CommonJS, a text, and a stack: what paths are known to get into. */
const AGENT = {
  'agent.json': '{ "name": "same", "source": "agent.ts" }',
  'note.txt': 'note',
  'shared/old.cjs': 'exports.twice = (text) => text + text',
  'agent.ts': `import { Hono } from 'hono'
import { Buffer } from 'node:buffer'
import { EventEmitter } from 'node:events'
import { twice } from './shared/old.cjs'
import note from './note.txt'
const { stack } = new Error('early')
const app = new Hono()
app.get('/', (c) => c.text(Buffer.from(twice(note)).toString('hex') + EventEmitter.name + stack))
export default app
`,
}

/** Builds what `write` puts into each of the folders, and returns the digests. */
async function digests(write: (directory: string) => void): Promise<string[]> {
  const found: string[] = []
  for (const [at, folder] of FOLDERS.entries()) {
    const directory = join(folder, 'agent')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(directory, { recursive: true })
    write(directory)
    symlinkSync(join(PACKAGE_DIRECTORY, 'node_modules'), join(folder, 'node_modules'))
    utimesSync(join(directory, 'agent.json'), at + 1, at + 1)
    const { cached, digest } = await buildAgent({
      directory,
      cacheDirectory: join(folder, 'cache'),
    })
    found.push(`${digest} ${cached}`)
  }
  return found
}

describe('buildAgent()', () => {
  it('makes the same bytes in two folders at two times', async () => {
    const [one, two] = await digests((directory) => {
      for (const [name, text] of Object.entries(AGENT)) {
        mkdirSync(dirname(join(directory, name)), { recursive: true })
        writeFileSync(join(directory, name), text)
      }
    })
    expect(one).toMatch(/ false$/)
    expect(two).toBe(one)
  })

  const noClang = missingToolchain()
  it.runIf(HAS_PEERS).for<[example: string, missing: string | undefined]>([
    ['stats', undefined],
    ['pages', undefined],
    ['c-words', noClang],
  ])(`does so for %s (${NEEDS_PEERS})`, async ([example, missing], { skip }) => {
    skip(missing !== undefined, missing)
    const [one, two] = await digests((directory) =>
      cpSync(join(EXAMPLES, example), directory, { recursive: true }),
    )
    expect(two).toBe(one)
  })
})

describe('withStableNames()', () => {
  const directory = '/home/ada/agents/mail'
  const library = join(PACKAGE_DIRECTORY, 'components', 'guest', 'node', 'buffer.ts')

  it.each([
    ['agent.ts', 'agent.ts'],
    ['../shared/text.ts', '../shared/text.ts'],
    ['../../node_modules/events/events.js', 'node_modules/events/events.js'],
    ['../node_modules/.pnpm/a@1.0.0/node_modules/b/index.js', 'node_modules/b/index.js'],
    [library, 'node_modules/mayfly/components/guest/node/buffer.ts'],
    [
      `mayfly-node-module:${library}`,
      'mayfly-node-module:node_modules/mayfly/components/guest/node/buffer.ts',
    ],
  ])('calls %s %s', (input, name) => {
    const code = (of: string): string => `// ${of}\nvar x = __commonJS({\n  "${of}"(exports) {\n`
    expect(withStableNames(code(input), [input], directory)).toBe(code(name))
  })

  it('leaves other lines as they are, also those that look like names', () => {
    const code = '// ../../node_modules/a.js of ours\nconst a = "../../node_modules/a.js"\n'
    expect(withStableNames(code, ['../../node_modules/a.js'], directory)).toBe(code)
  })
})
