/** @module */
import { describe, expect, it } from 'vitest'
import { readRecipes } from './read-recipes.ts'

const FENCE = '```'

function markdown(...lines: string[]): string {
  return ['# A title', '', ...lines, ''].join('\n')
}

describe('readRecipes()', () => {
  it('reads files, edits and commands in their order, by heading', () => {
    const recipes = readRecipes(
      markdown(
        ...[`${FENCE}sh`, 'npm ci', FENCE, ''],
        ...['## Recipes', '', 'Words.', '', '### One', '', 'More words, with `code`.', ''],
        ...['`a/b.ts`: what it is, which', 'takes two lines.', '', `${FENCE}ts`, 'b()', FENCE, ''],
        ...['`c.ts`', '', `${FENCE}diff`, ' x', '+y', FENCE, ''],
        ...['Now run:', '', `${FENCE}sh`, 'node d.ts', 'node e.ts', FENCE, ''],
        ...['### Two', '', '## Other', '', `${FENCE}sh`, 'rm -r f', FENCE],
      ),
    )
    expect(recipes).toEqual([
      {
        title: 'One',
        steps: [
          { kind: 'file', path: 'a/b.ts', text: 'b()\n' },
          { kind: 'edit', path: 'c.ts', hunks: [{ before: ['x'], after: ['x', 'y'] }] },
          { kind: 'command', line: 'node d.ts' },
          { kind: 'command', line: 'node e.ts' },
        ],
      },
      { title: 'Two', steps: [] },
    ])
  })

  it('refuses a file without a path', () => {
    const text = markdown(
      '## Recipes',
      '',
      '### One',
      '',
      'See `a.ts`:',
      '',
      `${FENCE}ts`,
      'b()',
      FENCE,
    )
    expect(() => readRecipes(text)).toThrow(
      'Cannot read recipe "One": no path above the block that begins "b()',
    )
  })
})
