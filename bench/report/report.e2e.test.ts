import { existsSync, readdirSync, readFileSync } from 'node:fs'
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

// Drawing and starting a browser takes seconds, many of them on a machine that is busy.
const START_MS = 120_000

describe.runIf(CHROMIUM !== undefined && INSTALLED)('the report in Chromium', () => {
  let browser: Browser
  let directory: string
  let url: string
  let firstUrl: string

  beforeAll(async () => {
    const { chromium } = await import('playwright-core')
    const { writeReport } = await import('./write-report.ts')
    directory = await mkdtemp(join(tmpdir(), 'mayfly-report-'))
    await writeReport(exampleResults(), directory)
    url = pathToFileURL(join(directory, 'index.html')).href
    const first = join(directory, 'first')
    await writeReport(exampleResults(['0a1b2c3']), first)
    firstUrl = pathToFileURL(join(first, 'index.html')).href
    const executablePath = CHROMIUM ?? ''
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  }, START_MS)

  afterAll(async () => {
    await browser?.close()
    await rm(directory, { recursive: true, force: true })
  })

  it.runIf(existsSync(join(BENCH_DIRECTORY, 'node_modules', 'sharp')))(
    'has a picture of every chart in both themes',
    () => {
      const files = readdirSync(directory)
      expect(files.filter((name) => name.endsWith('.png'))).toHaveLength(16)
      // Width and height stand in the first chunk of a PNG file.
      const picture = readFileSync(join(directory, 'isolation-dark.png'))
      expect(picture.readUInt32BE(16)).toBeGreaterThan(1500)
      expect(picture.readUInt32BE(20)).toBeGreaterThan(500)
    },
  )

  const views = [
    { name: 'a wide page', viewport: { width: 900, height: 900 }, colorScheme: 'light' },
    { name: 'the dark', viewport: { width: 900, height: 900 }, colorScheme: 'dark' },
    { name: 'a phone', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  ] as const

  it('shows a history of one commit', async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
    await page.goto(firstUrl)
    const chart = page.locator('#history svg:visible')
    // A dot for each ratio, each in its own row.
    expect(await chart.locator('circle').count()).toBe(2)
    expect(await chart.locator('text', { hasText: '0a1b2c3' }).count()).toBe(1)
    await page.addScriptTag({ path: join(import.meta.dirname, 'in-page.js') })
    expect(await page.evaluate('collisions()')).toEqual([])
    await page.close()
  })

  for (const { name, ...options } of views) {
    it(`shows every chart on ${name}: nothing overlaps, nothing is cut off`, async () => {
      const page = await browser.newPage(options)
      await page.goto(url)
      const sections = await page.locator('section').count()
      expect(sections).toBe(9)
      expect(await page.locator('svg:visible').count()).toBe(8)
      await page.addScriptTag({ path: join(import.meta.dirname, 'in-page.js') })
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
      expect(await page.evaluate('collisions()')).toEqual([])
      expect(await page.evaluate('cutOff()')).toEqual([])
      expect(await page.evaluate('contrast()')).toBeGreaterThan(7)
      await page.close()
    })
  }
})
