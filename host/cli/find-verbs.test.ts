import { describe, expect, it } from 'vitest'
import { findVerbs } from './find-verbs.ts'
import { SUMMARIES } from './summaries.gen.ts'

const verbs = findVerbs()

describe('findVerbs()', () => {
  it('lists first those that a person meets first', () => {
    expect([...verbs.keys()].slice(0, 6)).toEqual(['new', 'dev', 'build', 'call', 'serve', 'audit'])
  })

  it.for([...verbs])('%s is a verb of that name', async ([name, load]) => {
    const verb = await load()
    expect(verb.name).toBe(name)
    expect(verb.usage).toContain(`mayfly ${name}`)
    expect(verb.summary).toMatch(/\.$/)
    expect(SUMMARIES[name]).toBe(verb.summary)
  })
})
