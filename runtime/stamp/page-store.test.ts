import { describe, expect, it } from 'vitest'
import { PAGE_BYTES, PageStore } from './page-store.ts'

const WORDS = PAGE_BYTES / 4

function page(...words: number[]): Uint32Array {
  const all = new Uint32Array(WORDS)
  all.set(words)
  return all
}

describe('PageStore.add()', () => {
  it('keeps equal pages once, wherever they differ from others', () => {
    const store = new PageStore()
    const pages = Array.from({ length: WORDS }, (_, at) => {
      const words = page()
      words[at] = 1
      return words
    })
    const numbers = pages.map((words) => store.add(words, 0))
    expect(new Set(numbers).size).toBe(WORDS)
    expect(pages.map((words) => store.add(words, 0))).toEqual(numbers)
    expect(store.pages).toBe(WORDS)
    expect(new Uint32Array(store.view(numbers[7] ?? 0).slice().buffer)).toEqual(pages[7])
  })

  it('has no page for zeros', () => {
    const store = new PageStore()
    expect(store.add(page(), 0)).toBe(0)
    expect(store.pages).toBe(0)
    expect(store.bytes).toBe(0)
  })

  it('spreads pages that collide in a hash without a key', () => {
    const store = new PageStore()
    // All of one FNV hash: the second word makes up for the first.
    const colliding = Array.from({ length: 20_000 }, (_, i) => {
      const first = i + 1
      const hash = Math.imul(0x811c9dc5 ^ first, 0x01000193)
      return page(first, hash ^ 0x1234)
    })
    const started = performance.now()
    for (const words of colliding) store.add(words, 0)
    const colliding20k = performance.now() - started
    const restarted = performance.now()
    for (let i = 0; i < 20_000; i++) store.add(page(i + 1, Math.imul(i, 0x9e3779b1)), 0)
    const ordinary20k = performance.now() - restarted
    // One list of them all would take some hundred times as long.
    expect(colliding20k).toBeLessThan(20 * ordinary20k)
  })
})

describe('PageStore.retain()', () => {
  it('counts a reference, and refuses a page that was given back', () => {
    const store = new PageStore()
    const number = store.add(page(1), 0)
    store.retain(number)
    store.release(number)
    expect(store.referencesTo(number)).toBe(1)
    store.release(number)
    expect(store.pages).toBe(0)
    expect(() => store.retain(number)).toThrow(/it was given back/)
    store.retain(0)
  })
})
