import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BENCH_DIRECTORY } from '../install.ts'
import { exampleResults } from './example-results.ts'

// Installed by the first `npm run bench`.
const INSTALLED = existsSync(join(BENCH_DIRECTORY, 'node_modules', '@observablehq', 'plot'))

describe.runIf(INSTALLED)('writeReadme()', () => {
  let directory: string

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'mayfly-readme-'))
    mkdirSync(join(directory, '.github'))
  })

  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('replaces what stands between the marks, and nothing else', async () => {
    const { writeReadme } = await import('./readme.ts')
    const readme = join(directory, 'README.md')
    const marks = [
      '<!-- measured: written by `npm run bench:report -- --readme` -->',
      '<!-- /measured -->',
    ]
    writeFileSync(readme, `# Before\n\n${marks.join('\n\nold\n\n')}\n\nAfter\n`)
    await writeReadme(exampleResults(), directory)
    const written = readFileSync(readme, 'utf8')
    expect(written).toMatch(/^# Before\n/)
    expect(written).toMatch(/\nAfter\n$/)
    expect(written).not.toContain('old')
    expect(written).toContain('| JavaScript agent (QuickJS), the same')
    expect(written).toContain('An Example Processor 9000, 2 cores')
    await writeReadme(exampleResults(), directory)
    expect(readFileSync(readme, 'utf8')).toBe(written)
  })

  it('draws with colours that need no style sheet, and small', () => {
    for (const theme of ['light', 'dark']) {
      const svg = readFileSync(join(directory, '.github', `isolation-${theme}.svg`), 'utf8')
      expect(svg).not.toContain('var(')
      expect(svg).toContain('commit 8a9b0c1+')
      expect(svg.length).toBeLessThan(100_000)
    }
  })

  it('refuses a README without the marks', async () => {
    const { writeReadme } = await import('./readme.ts')
    writeFileSync(join(directory, 'README.md'), '# Without\n')
    await expect(writeReadme(exampleResults(), directory)).rejects.toThrow('it lacks <!--')
  })
})
