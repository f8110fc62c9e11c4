import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BENCH_DIRECTORY } from '../install.ts'
import { exampleResults } from './example-results.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
// Both are there after `npm run bench` and, on Debian, `apt-get install chromium`; users of Mayfly have neither.
const INSTALLED = existsSync(join(BENCH_DIRECTORY, 'node_modules', 'playwright-core'))

describe.runIf(CHROMIUM !== undefined && INSTALLED)('the report in Chromium', () => {
  let browser: Browser
  let directory: string
  let url: string

  beforeAll(async () => {
    const { chromium } = await import('playwright-core')
    const { writeReport } = await import('./write-report.ts')
    directory = await mkdtemp(join(tmpdir(), 'mayfly-report-'))
    writeReport(exampleResults(), directory)
    url = pathToFileURL(join(directory, 'index.html')).href
    const executablePath = CHROMIUM ?? ''
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  })

  afterAll(async () => {
    await browser?.close()
    await rm(directory, { recursive: true, force: true })
  })

  const views = [
    { name: 'a wide page', viewport: { width: 900, height: 900 }, colorScheme: 'light' },
    { name: 'the dark', viewport: { width: 900, height: 900 }, colorScheme: 'dark' },
    { name: 'a phone', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  ] as const

  for (const { name, ...options } of views) {
    it(`shows every chart on ${name}: nothing overlaps, nothing is cut off`, async () => {
      const page = await browser.newPage(options)
      await page.goto(url)
      const sections = await page.locator('section').count()
      expect(sections).toBe(8)
      expect(await page.locator('svg:visible').count()).toBe(7)
      await page.addScriptTag({ path: join(import.meta.dirname, 'in-page.js') })
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
      expect(await page.evaluate('collisions()')).toEqual([])
      expect(await page.evaluate('cutOff()')).toEqual([])
      expect(await page.evaluate('contrast()')).toBeGreaterThan(7)
      await page.close()
    })
  }
})
