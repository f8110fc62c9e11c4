/** `Intl` in an agent against that of Node: the same uses, the same answers. @module */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildAgent } from '../../../host/toolchain/index.ts'
import { Runtime } from '../../../runtime/presets/index.ts'
import { runCase, type Case } from '../fixture/locales/case.ts'
import { randomCases } from '../fixture/locales/cases.ts'

const directory = fileURLToPath(new URL('../fixture/locales', import.meta.url))
const runtime = new Runtime()
afterAll(() => runtime.close())
let agent: Awaited<ReturnType<Runtime['load']>>
beforeAll(async () => void (agent = await runtime.load(await buildAgent({ directory }))), 120_000)

async function runInAgent(cases: readonly Case[]): Promise<string[]> {
  const body = JSON.stringify(cases)
  const response = await agent.fetch(new Request('http://agent/', { method: 'POST', body }))
  expect(response.status).toBe(200)
  return (await response.json()) as string[]
}

describe('Intl in an agent', () => {
  it('answers as Node does, for a thousand uses', async () => {
    const cases = randomCases(1, 1000)
    const expected = cases.map(runCase)
    // Neither all errors nor all one answer.
    expect(expected.filter((each) => /^[A-Z]\w+Error$/.test(each)).length).toBeLessThan(200)
    expect(new Set(expected).size).toBeGreaterThan(500)
    const found: string[] = []
    for (let at = 0; at < cases.length; at += 50) {
      found.push(...(await runInAgent(cases.slice(at, at + 50))))
    }
    const different = cases.flatMap((each, at) =>
      found[at] === expected[at] ? [] : [{ ...each, found: found[at], expected: expected[at] }],
    )
    expect(different).toEqual([])
  }, 60_000)

  it('is there at the top level, in built-in methods, and has the form of the standard', async () => {
    const response = await agent.fetch(new Request('http://agent/'))
    expect(await response.json()).toEqual({
      top: {
        money: '1.234,50\u00a0€',
        zone: 'UTC',
        locale: 'en-US',
        date: new Date(0).toLocaleString('en-US', { timeZone: 'UTC' }),
      },
      number: '1,234,567.891',
      bigint: '12.345.678.901.234.567.890',
      list: '1.234,5,1.1.1970, 00:00:00,,5',
      typed: '1.234,5,2',
      date: '31.12.1969',
      time: '00:00:00',
      sorted: 'aäBz',
      upper: 'İSTANBULI',
      lower: 'ıstanbul',
      early: '2,00\u00a0€1/1/1970',
      tag: '[object Intl][object Intl.NumberFormat]',
      called: '[object Intl.NumberFormat]',
      bound: '1,5|2',
      child: '1,5',
      canonical: 'en-US,he',
      supported: 'de,zh-Hant-TW',
      values: true,
      locale: 'zh-TW-u-hc-h12,Hant,TW,h12',
      byLocale: new Intl.NumberFormat('de-CH').format(1234567),
      containing: '{"segment":"👍🏽","index":1,"input":"a👍🏽b"}',
      getters: 'localeMatcher,type,style',
      inherited: '50%',
      proto: '0.5',
    })
  })

  it('refuses a locale that the host lacks, and takes the first that it has', async () => {
    const format = (locales: string | string[]): Case => ({
      ...{ kind: 'NumberFormat', locales, method: 'format' },
      values: [['number', '1234.5']],
    })
    expect(
      await runInAgent([format('tlh'), format(['tlh', 'de']), format('und'), format([])]),
    ).toEqual(['RangeError', '"1.234,5"', '"1,234.5"', '"1,234.5"'])
  })

  it('throws what the standard says', async () => {
    const use = (given: Partial<Case>): Case => ({
      method: 'resolvedOptions',
      values: [],
      ...given,
    })
    const thrown = await runInAgent([
      use({ kind: 'NumberFormat', locales: 'de', options: { style: 'currency' } }),
      use({ kind: 'NumberFormat', locales: 'de', options: { maximumFractionDigits: 1e9 } }),
      use({ kind: 'DateTimeFormat', options: { timeZone: 'Nowhere/There' } }),
      use({ kind: 'DateTimeFormat', options: { dateStyle: 'full', year: 'numeric' } }),
      use({ kind: 'DisplayNames', locales: 'de' }),
      use({ kind: 'NumberFormat', locales: 'not a locale' }),
      use({
        method: 'toLocaleDateString',
        values: [['date', '0']],
        options: { timeStyle: 'long' },
      }),
      use({ kind: 'DateTimeFormat', method: 'format', values: [['number', 'NaN']] }),
      use({ kind: 'ListFormat', method: 'format', values: [['json', '[1]']] }),
    ])
    expect(thrown).toEqual([
      ...['TypeError', 'RangeError', 'RangeError', 'TypeError', 'TypeError', 'RangeError'],
      ...['TypeError', 'RangeError', 'TypeError'],
    ])
  })
})
