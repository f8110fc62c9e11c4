/** Golden cases: `cases/valid` parses to its `.out`, `cases/invalid` is refused with its `.err`. @module */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isMayflyError } from '../errors/index.ts'
import { parsePolicy, policyFromObject } from './parse.ts'

const CASES = new URL('cases/', import.meta.url).pathname
const cases = (kind: string): [string, string][] =>
  globSync(`${CASES}${kind}/*.json`)
    .toSorted()
    .map((path) => [basename(path), path])

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (isMayflyError(error) && error.code === 'ERR_USAGE') return error.message
    throw error
  }
  throw new Error('was not refused')
}

describe('parsePolicy()', () => {
  test.each(cases('valid'))('takes %s', async (_, path) => {
    const policy = parsePolicy(readFileSync(path, 'utf8'), { file: 'policy.json' })
    const golden = path.replace(/json$/, 'out')
    await expect(`${JSON.stringify(policy, undefined, 2)}\n`).toMatchFileSnapshot(golden)
  })

  test.each(cases('invalid'))('refuses %s', async (_, path) => {
    const text = readFileSync(path, 'utf8')
    const message = messageOf(() => parsePolicy(text, { file: 'policy.json' }))
    await expect(`${message}\n`).toMatchFileSnapshot(path.replace(/json$/, 'err'))
  })
})

describe('policyFromObject()', () => {
  test.each(cases('valid'))('changes nothing in parsed %s', (_, path) => {
    const policy = parsePolicy(readFileSync(path, 'utf8'), { file: 'policy.json' })
    expect(policyFromObject(policy)).toEqual(policy)
  })

  test('refuses what is no policy, by its fields', () => {
    expect(messageOf(() => policyFromObject({ env: 'A' }))).toBe(
      'Cannot read policy "object": 1 problem\n  env: expected a list, got "A"',
    )
  })

  test('freezes all of it', () => {
    const policy = policyFromObject({ tenants: { a: { agents: ['a'] } } })
    expect(Object.isFrozen(policy.tenants?.['a']?.agents)).toBe(true)
  })
})
