import { describe, expect, it } from 'vitest'
import { WorkerRevisions } from './worker-revisions.ts'

describe('WorkerRevisions.has()', () => {
  it('is true of what was served before and is in every deploy on its way', () => {
    const revisions = new WorkerRevisions()
    revisions.start(new Set(['a', 'b']))
    const first = revisions.send(new Set(['a', 'b', 'c']))
    expect(['a', 'b', 'c'].map((each) => revisions.has(each))).toEqual([true, true, false])
    const second = revisions.send(new Set(['b', 'c']))
    first(true)
    expect(['a', 'b', 'c'].map((each) => revisions.has(each))).toEqual([false, true, true])
    second(true)
    expect(['a', 'b', 'c'].map((each) => revisions.has(each))).toEqual([false, true, true])
  })

  it('is as before when a deploy fails, whatever was asked meanwhile', () => {
    const revisions = new WorkerRevisions()
    revisions.start(new Set(['a']))
    const first = revisions.send(new Set(['b']))
    const second = revisions.send(new Set(['a', 'c']))
    first(false)
    expect(revisions.has('a')).toBe(true)
    second(false)
    expect(['a', 'b', 'c'].map((each) => revisions.has(each))).toEqual([true, false, false])
  })
})
