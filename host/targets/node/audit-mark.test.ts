import { describe, expect, it } from 'vitest'
import { memoryState } from '../../registry/index.ts'
import { chainBefore, readMark, writeMark } from './audit-mark.ts'

const MARK = { file: '20261129T1-a-main.audit', sequence: 7, hash: 'ab' }

describe('the mark of an audit log', () => {
  it('is read as it was written, without what it does not need', () => {
    const state = memoryState()
    expect(readMark(state)).toBeUndefined()
    writeMark(state, { ...MARK, ...{ signature: 'x' } })
    expect(readMark(state)).toEqual(MARK)
  })

  it.each(['{"version":1}', '{"version":1,"file":1,"sequence":7,"hash":"ab"}', '[]', 'x'])(
    'is not guessed from %s',
    (text) => {
      const state = memoryState()
      state.replace('audit.json', new TextEncoder().encode(text))
      expect(() => readMark(state)).toThrow('Cannot read mark of the audit log')
    },
  )
})

describe('chainBefore()', () => {
  it('is the chain that is there, when it is not older than the mark', () => {
    const same = { file: MARK.file, head: 'cd', count: 9 }
    expect(chainBefore(same, MARK)).toEqual(same)
    const later = { file: '20261130T1-b-main.audit', head: 'cd', count: 0 }
    expect(chainBefore(later, MARK)).toEqual(later)
    expect(chainBefore({}, undefined)).toEqual({})
  })

  it('is the one in the mark, when the newest is gone', () => {
    const gone = { file: MARK.file, head: 'ab', count: 7 }
    expect(chainBefore({}, MARK)).toEqual(gone)
    expect(chainBefore({ file: '20261128T1-c-main.audit', head: 'x', count: 1 }, MARK)).toEqual(
      gone,
    )
  })
})
