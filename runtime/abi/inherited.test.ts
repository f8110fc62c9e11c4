import { describe, expect, it } from 'vitest'
import { givenUnder, isInherited } from './inherited.ts'

const INHERITED = Object.getOwnPropertyNames(Object.prototype)

class Host {
  toString(): string {
    return 'host'
  }
  get size(): number {
    return 1
  }
}

describe('givenUnder()', () => {
  it.each(INHERITED)('finds "%s" only where it was given', (name) => {
    expect(isInherited(name)).toBe(true)
    expect(givenUnder({}, name)).toBeUndefined()
    expect(givenUnder(JSON.parse(`{ "${name}": 1 }`) as object, name)).toBe(1)
  })

  it('finds what a class says of its objects, but for the class itself', () => {
    const host = new Host()
    expect(givenUnder(host, 'size')).toBe(1)
    expect(givenUnder(host, 'toString')).toBe(host.toString)
    expect(givenUnder(host, 'constructor')).toBeUndefined()
    expect(givenUnder(host, 'valueOf')).toBeUndefined()
    expect(isInherited('size')).toBe(false)
  })
})
