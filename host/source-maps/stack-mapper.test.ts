import { describe, expect, it } from 'vitest'
import { stackMapper } from './stack-mapper.ts'

// Of lines 1 to 4 of the bundle: the first places of a.ts, of a package, of no file, and of the fourth line of a.ts.
const CONTENT = {
  version: 3,
  file: 'agent.js',
  sources: ['a.ts', 'node_modules/x/y.js', null],
  mappings: 'AAAA;ACAA;ACAA;AFGA',
} as const

const map = stackMapper(CONTENT)

describe('stackMapper()', () => {
  it('names files and lines of the source, and leaves out frames that no person wrote', () => {
    const stack = [
      'Error: why',
      '    at f (agent.js:1:5)',
      '    at <anonymous> (agent.js:2:1)',
      '    at handle (agent.js:3:9)',
      '    at agent.js:4:1',
    ].join('\n')
    expect(map(stack)).toBe(
      'Error: why\n    at f (a.ts:1:1)\n    at <anonymous> (node_modules/x/y.js:1:1)\n    at a.ts:4:1',
    )
    expect(map('f@agent.js:1:5')).toBe('f@a.ts:1:1')
  })

  it.each([
    'no place at all',
    'at my-agent.js:1:1, lib/agent.js:1:1 and agentXjs:1:1',
    'at agent.js:99999999999:1 and agent.js:one:1',
  ])('leaves %j as it is', (text) => {
    expect(map(text)).toBe(text)
  })

  it('maps as many places of one text as a long chain of causes has, and no more', () => {
    const mapped = map('agent.js:1:1 '.repeat(1000))
    expect(mapped.match(/a\.ts:1:1/g)).toHaveLength(200)
  })

  it('keeps the end of a long name', () => {
    const long = stackMapper({ ...CONTENT, sources: [`${'x/'.repeat(5000)}end.ts`] })
    expect(long('agent.js:1:1')).toMatch(/^….{150,160}end\.ts:1:1$/)
  })
})
