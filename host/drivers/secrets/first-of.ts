/** Several drivers for secrets as one: the first that has a secret gives it. @module */

import type { SecretDriver } from '../../../runtime/capabilities/http/index.ts'

/** Asks `drivers` in turn: the first that has a secret of the name gives it. */
export function firstOf(...drivers: readonly SecretDriver[]): SecretDriver {
  return {
    name: drivers.map(({ name }) => name).join(', '),
    get(name) {
      for (const driver of drivers) {
        const secret = driver.get(name)
        if (secret !== undefined) return secret
      }
      return undefined
    },
    hint: (name) => drivers.map((driver) => driver.hint(name)).join(', or: '),
  }
}
