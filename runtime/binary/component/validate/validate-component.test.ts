import { describe, expect, it } from 'vitest'
import { refusal } from './testing/rules.ts'

/** Seconds on an idle machine where time grows with the square of the file, minutes on a busy one. */
const SOON_MS = 10_000

const many = (count: number, each: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => each(i)).join(' ')

const TOO_MUCH = expect.objectContaining({
  code: 'ERR_COMPONENT_MALFORMED',
  message: expect.stringContaining('its types take more work than allowed'),
})

describe('validateComponent() ends soon', () => {
  it.each([
    [
      'components that instantiate each other ten times each',
      `(component $c0 (type $r (resource (rep i32))) (export "r" (type $r)))
       ${many(
         9,
         (i) => `(component $c${i + 1} (alias outer 1 ${i} (component $c))
           ${many(10, (j) => `(instance $i${j} (instantiate $c)) (export "e${j}" (instance $i${j}))`)})`,
       )}`,
    ],
    [
      'instance types that contain each other ten times each',
      `(type (instance (export "r" (type (sub resource)))))
       ${many(
         9,
         (i) => `(type (instance (alias outer 1 ${i} (type))
           ${many(10, (j) => `(export "x${j}" (instance (type 0)))`)}))`,
       )}
       (import "i" (instance (type 9)))`,
    ],
    [
      'large types that are compared again and again',
      `(component $c (type $t (tuple ${many(5000, () => 'u8')})) (import "t" (type (eq $t))))
       (type $t (tuple ${many(5000, () => 'u8')}))
       ${many(400, () => '(instance (instantiate $c (with "t" (type $t))))')}`,
    ],
  ])('with %s', async (_, definitions) => {
    const start = performance.now()
    expect(await refusal(definitions)).toEqual(TOO_MUCH)
    expect(performance.now() - start).toBeLessThan(SOON_MS)
  })

  it('with many names of one scope', async () => {
    const resources = many(
      5000,
      (i) => `(import "r${i}" (type (sub resource))) (import "[static]r0.s${i}" (func))`,
    )
    const start = performance.now()
    expect(await refusal(resources)).toBeUndefined()
    expect(performance.now() - start).toBeLessThan(SOON_MS)
  })
})
