/**
 * The guide: small, whether it can be read and followed at all, and the chapter that starts no host; with peers, every
 * chapter.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { HAS_PEERS, NEEDS_PEERS } from '../../../runtime/testing/peers.ts'
import { GUIDE, readChapters } from './chapters.ts'
import { followChapter } from './follow-chapter.ts'

const chapters = readChapters()
const [index, ...others] = [
  ...chapters.filter(({ name }) => name === 'README'),
  ...chapters.filter(({ name }) => name !== 'README'),
]
const small = others.filter(({ name }) => name === 'testing')
const large = others.filter((chapter) => !small.includes(chapter))

describe('the guide', () => {
  it('lists its chapters, which have commands', () => {
    const listed = [...(index?.text.matchAll(/^\| \[.*\]\(([\w-]+)\.md\)/gm) ?? [])]
    expect(listed.map(([, name]) => name).toSorted()).toEqual(others.map(({ name }) => name))
    for (const { steps } of others)
      expect(steps.filter(({ kind }) => kind === 'command').length).toBeGreaterThan(1)
  })

  it.each(chapters)('$name leads to documents and headings that are there', ({ text }) => {
    for (const [, path = '', heading] of text.matchAll(/\]\(([^)#]+)(?:#([\w-]+))?\)/g)) {
      const target = new URL(path, GUIDE)
      expect([path, existsSync(target)]).toEqual([path, true])
      const headings = heading === undefined ? [] : headingsOf(readFileSync(target, 'utf8'))
      expect(headings).toEqual(heading === undefined ? [] : expect.arrayContaining([heading]))
    }
  })

  it.each(small)('$name does what it says', ({ steps }) => followChapter({ steps }))

  it('is not done when a command prints something else', async () => {
    const command = { kind: 'command', line: 'echo one' } as const
    await followChapter({ steps: [{ ...command, prints: 'o…\n' }] })
    const other = followChapter({ steps: [{ ...command, prints: 'two\n' }] })
    await expect(other).rejects.toThrow('expected "echo one" to print\ntwo')
    const failing = followChapter({ steps: [{ kind: 'command', line: 'false' }] })
    await expect(failing).rejects.toThrow('expected "false" to succeed')
  })
})

describe.runIf(HAS_PEERS)(`the guide ${NEEDS_PEERS}`, { timeout: 300_000 }, () => {
  it.each(large)('$name does what it says', ({ steps }) => followChapter({ steps }))
})

/** The names that links to headings of `markdown` have. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
}
