/** The secrets of a test. @module */
import type { SecretDriver } from '../../runtime/capabilities/http/index.ts'

/** A secret: its text, or the text with what an operator says about it. */
export type TestSecret =
  | string
  | { readonly value: string; readonly hosts?: readonly string[]; readonly readable?: boolean }

/** A driver of the secrets by name. */
export function testSecrets(secrets: Readonly<Record<string, TestSecret>>): SecretDriver {
  const known = new Map(Object.entries(secrets))
  return {
    name: 'test',
    get(name) {
      const secret = known.get(name)
      if (secret === undefined) return undefined
      if (typeof secret === 'string') return { value: secret }
      const { value, hosts } = secret
      return { value, ...(hosts && { hosts }) }
    },
    mayRead(name) {
      const secret = known.get(name)
      return typeof secret === 'object' && secret.readable === true
    },
    hint: (name) => `Add ${name} to the option secrets of testAgent`,
  }
}
