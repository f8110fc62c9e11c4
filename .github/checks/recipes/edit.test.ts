/** @module */
import { describe, expect, it } from 'vitest'
import { applyHunks, readHunks } from './edit.ts'

const TEXT = 'one\ntwo\n  three, and more\ntwo\nfour\n'

function edited(diff: string): string {
  return applyHunks('a.ts', TEXT, readHunks(diff))
}

describe('applyHunks()', () => {
  it('adds, removes and replaces lines where those around them are', () => {
    expect(edited(' one\n+one and a half\n')).toBe(
      'one\none and a half\ntwo\n  three, and more\ntwo\nfour\n',
    )
    expect(edited(' two\n-four\n+five\n')).toBe('one\ntwo\n  three, and more\ntwo\nfive\n')
  })

  it('takes hunks one after the other', () => {
    expect(edited('-one\n+1\n@@\n-four\n+4\n')).toBe('1\ntwo\n  three, and more\ntwo\n4\n')
  })

  it('finds a line by how it begins, and leaves it as it is', () => {
    expect(edited('   three…\n+  3\n')).toBe('one\ntwo\n  three, and more\n  3\ntwo\nfour\n')
  })

  it.each([
    ['is not there', ' five\n+six\n', '0 places'],
    ['is there twice', ' two\n+2\n', '2 places'],
    ['ends too soon', ' four\n \n five\n', '0 places'],
  ])('refuses a place that %s', (_, diff, message) => {
    expect(() => edited(diff)).toThrow(`Cannot edit "a.ts": ${message}`)
  })
})
