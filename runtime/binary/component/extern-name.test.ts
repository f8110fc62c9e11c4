import { describe, expect, it } from 'vitest'
import { annotatedName, externNameKind, isLabel } from './extern-name.ts'

describe('externNameKind(), isLabel()', () => {
  it.for([
    ['of many words', `a${'-a'.repeat(5_000_000)}`],
    ['that breaks the rules at its end', `a${'-a'.repeat(5_000_000)}!`],
    ['with a version of many parts', `acme:x/y@1.0.0-${'a.'.repeat(5_000_000)}a`],
    ['of a method', `[method]a.${'a-'.repeat(5_000_000)}a`],
  ] as const)('take no name %s that is millions of characters long', ([, name]) => {
    expect(externNameKind(name)).toBeUndefined()
    expect(isLabel(name)).toBe(false)
    expect(() => annotatedName('a')).not.toThrow()
  })

  it('take names of thousands of characters', () => {
    expect(isLabel(`a${'-a'.repeat(4_000)}`)).toBe(true)
    expect(externNameKind(`acme:x/y${'-a'.repeat(4_000)}`)).toBe('interface')
  })
})
