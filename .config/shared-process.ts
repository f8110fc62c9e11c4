/**
 * Fails a test file that replaces a class of a process it shares: files after it would run on another one.
 *
 * @module
 */
import { afterAll } from 'vitest'

const CLASS = /^[A-Z]/

// Read, because Node makes some of them as they are first read.
const before = Object.getOwnPropertyNames(globalThis)
  .filter((name) => CLASS.test(name))
  .map((name): [name: string, value: unknown] => [name, Reflect.get(globalThis, name)])

afterAll(() => {
  const replaced = before.filter(
    ([name, value]) => !Object.is(Reflect.get(globalThis, name), value),
  )
  if (replaced.length === 0) return
  const names = replaced.map(([name]) => name).join(', ')
  throw new Error(`The file replaces ${names}: extend what .config/apart.ts looks for`)
})
