/** Several drivers for secrets as one: the first that has a secret gives it. @module */

import type { SecretDriver } from '../../../runtime/capabilities/http/index.ts'

/** Asks `drivers` in turn: the first that has a secret of the name gives it. */
export function firstOf(...drivers: readonly SecretDriver[]): SecretDriver {
  return {
    name: drivers.map(({ name }) => name).join(', '),
    async get(name, agent) {
      for (const driver of drivers) {
        const secret = await driver.get(name, agent)
        if (secret !== undefined) return secret
      }
      return undefined
    },
    hint: (name) => drivers.map((driver) => driver.hint(name)).join(', or: '),
  }
}
