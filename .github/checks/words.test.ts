/** The check of words, run in a folder that has one of them. @module */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const CHECK = join(import.meta.dirname, 'words.ts')
// Put together here, so that this file passes the check.
const TOLD = ['is', 'told']

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mayfly-words-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function check(files: Readonly<Record<string, string>>): { status: number | null; text: string } {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  const { status, stderr } = spawnSync(process.execPath, [CHECK], {
    cwd: directory,
    encoding: 'utf8',
  })
  return { status, text: stderr }
}

it.each([
  ['a comment', 'runtime/digest/a.ts', `const a = 1\n// No${'body'} knows.\n`, 2],
  ['a message', 'host/digest/a.ts', `throw new Error('who${'ever'} asks')\n`, 1],
  ['a document', 'README.md', `# Title\n\nSome${'body'} reads.\n`, 3],
  ['a phrase over two lines', 'host/a.md', `The guest ${TOLD.join('\n')} so.\n`, 1],
  ['a phrase over two lines of a comment', '.config/a.ts', `/**\n * ${TOLD.join('\n * ')} */`, 2],
])('finds one in %s', (_, path, text, line) => {
  const { status, text: printed } = check({ [path]: text })
  expect(printed).toContain(`${path}:${line}: `)
  expect(status).toBe(1)
})

it('passes what has none, and leaves out what others wrote', () => {
  const text = `Any${'body'} may.`
  const { status, text: printed } = check({
    'README.md': 'The caller reads it.',
    'CHANGELOG.md': text,
    'host/node_modules/a/README.md': text,
    'bench/results/a.md': text,
  })
  expect(printed).toBe('')
  expect(status).toBe(0)
})
