/**
 * The doors of what `npm pack` makes, in a folder that has nothing but it and what it depends on: each loads, has
 * types, and does what its example and the guide for embedding say.
 *
 * @module
 */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { doorsOf } from '../../.github/checks/doors/exports-map.ts'
import { mayfly, writeFiles, type Ended } from '../cli/testing/mayfly-process.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NAMES = readFileSync(join(ROOT, '.github/checks/doors.txt'), 'utf8')
const GUIDE = readFileSync(join(ROOT, '.github/EMBEDDING.md'), 'utf8')
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const STRICT = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext']
const LIBRARIES = ['--lib', 'esnext,dom,dom.iterable', '--types', 'node']

// What these doors depend on: nothing that is only for Node, for servers or for building is loaded with them.
const FEW = ['zod', 'jsonc-parser']
const DOORS_OF_FEW = ['mayfly', 'mayfly/capability', 'mayfly/drivers/memory', 'mayfly/packed']

const folder = mkdtempSync(join(tmpdir(), 'mayfly-doors-'))
const app = join(folder, 'app')
const bare = join(folder, 'bare')

beforeAll(async () => {
  await run(folder, ['npm', 'pack', '--pack-destination', folder], ROOT)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
  const dependencies = readdirSync(join(ROOT, 'node_modules')).filter(
    (name) => !name.startsWith('.'),
  )
  for (const [directory, links] of [
    [app, dependencies],
    [bare, FEW],
  ] as const) {
    writeFiles(directory, { 'package.json': { type: 'module', private: true } })
    const modules = join(directory, 'node_modules')
    mkdirSync(join(modules, 'mayfly'), { recursive: true })
    const unpack = ['tar', '-xzf', join(folder, tarball), '--strip-components=1', '-C']
    await run(directory, [...unpack, join(modules, 'mayfly')])
    for (const name of links)
      symlinkSync(realpathSync(join(ROOT, 'node_modules', name)), join(modules, name))
  }
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Throws when the program fails. */
async function run(cwd: string, command: readonly string[], inside = cwd): Promise<Ended> {
  const [file = '', ...args] = command
  const ended = await mayfly(args, { cwd: inside, command: [file] })
  if (ended.code !== 0) throw new Error(`${command.join(' ')}: ${ended.stderr}${ended.stdout}`)
  return ended
}

/** What a door has at run time, of what `doors.txt` names. */
function valuesOf(door: string): string[] {
  const [, names = ''] = NAMES.split(`${door}\n`)
  const [own = ''] = names.split('\n\n')
  return [...own.matchAll(/^ {2}(?:class|function|value) (\w+)$/gm)].map(([, name]) => name ?? '')
}

function load(door: string): string {
  return `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(door)}))))`
}

describe('each door of the packed package', () => {
  // What agents import is bundled by their build; it is no code for a host.
  const doors = doorsOf(ROOT).filter(({ name }) => name !== 'mayfly/guest')

  it.each(doors)('$name has what it is said to have', async ({ name }) => {
    const { stdout } = await run(app, [process.execPath, '--input-type=module', '-e', load(name)])
    expect(JSON.parse(stdout).toSorted()).toEqual(valuesOf(name).toSorted())
  })

  it.each(DOORS_OF_FEW)('%s loads with zod and jsonc-parser alone', async (name) => {
    await run(bare, [process.execPath, '--input-type=module', '-e', load(name)])
  })

  it('has types', async () => {
    const lines = doorsOf(ROOT).map(({ name }, at) => `import * as door${at} from '${name}'`)
    const uses = doorsOf(ROOT).map((_, at) => `void door${at}`)
    writeFiles(app, { 'types.ts': [...lines, ...uses].join('\n') })
    await run(app, [process.execPath, TSC, ...STRICT, ...LIBRARIES, 'types.ts'])
  })

  it.each(['agent.schema.json', 'policy.schema.json', 'package.json', 'wit/world.wit'])(
    'has %s',
    async (file) => {
      const program = `console.log(import.meta.resolve('mayfly/${file}'))`
      const { stdout } = await run(app, [process.execPath, '--input-type=module', '-e', program])
      expect(existsSync(fileURLToPath(stdout.trim()))).toBe(true)
    },
  )
})

/** The first example of each door that has one, by the name of a file for it. */
const EXAMPLES: Readonly<Record<string, string>> = Object.fromEntries(
  doorsOf(ROOT).flatMap(({ name, file }) => {
    const text = readFileSync(join(ROOT, file), 'utf8')
    const [, example] = /@example\n \* ```ts\n([^]*?) \* ```$/m.exec(text) ?? []
    const program = example?.replaceAll(/^ \* ?/gm, '')
    return program === undefined ? [] : [[`example-${name.replaceAll('/', '-')}.ts`, program]]
  }),
)

interface Snippet {
  readonly file: string
  readonly text: string
  /** What it prints, line by line. */
  readonly prints: readonly string[]
}

/** The blocks of the guide that begin with the path of a file. */
const SNIPPETS: readonly Snippet[] = [...GUIDE.matchAll(/^```\w+\n\/\/ (\S+)\n([^]*?)^```$/gm)].map(
  ([, file = '', text = '']) => ({
    file,
    text,
    prints: [...text.matchAll(/^\/\/ prints: (.*)$/gm)].map(([, line]) => line ?? ''),
  }),
)
const PROGRAMS = SNIPPETS.filter(({ file }) => dirname(file) === '.')

describe('the guide for embedding', () => {
  beforeAll(() => {
    writeFiles(app, Object.fromEntries(SNIPPETS.map(({ file, text }) => [file, text])))
  })

  it('has programs, each of which says what it prints', () => {
    expect(PROGRAMS.length).toBeGreaterThan(5)
    for (const { prints } of PROGRAMS) expect(prints).not.toEqual([])
  })

  it.each(PROGRAMS)(
    '$file prints what it says',
    async ({ file, prints }) => {
      const { stdout } = await run(app, [
        process.execPath,
        '--disable-warning=ExperimentalWarning',
        file,
      ])
      expect(stdout.trimEnd().split('\n')).toEqual(prints)
    },
    120_000,
  )

  it('is not all: the example of each door runs as well, and is typed', async () => {
    const files = Object.keys(EXAMPLES)
    expect(files).toContain('example-mayfly-testing.ts')
    expect(files.length).toBeGreaterThan(4)
    const all = files.map((file) => `await import('./${file}')`).join('\n')
    writeFiles(app, { ...EXAMPLES, 'examples.js': all })
    await run(app, [process.execPath, '--disable-warning=ExperimentalWarning', 'examples.js'])
    await run(app, [process.execPath, TSC, ...STRICT, ...LIBRARIES, ...files])
  }, 120_000)

  it('is typed', async () => {
    const files = PROGRAMS.map(({ file }) => file)
    await run(app, [process.execPath, TSC, ...STRICT, ...LIBRARIES, ...files])
  })
})
