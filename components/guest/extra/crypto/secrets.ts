/** `env.secrets`: secrets of the host as keys, and as text where the host lets the agent read them. @module */

import { CapabilityError } from '../../capability-error.ts'
import type { Granted } from '../../granted.ts'
import { secretsHost, type SecretsHost } from '../../host-crypto.ts'
import { guarded } from '../../host.ts'
import { keyOf } from './crypto-key.ts'

/** The secrets that the manifest grants, each with its uses as a key and with whether it is readable. */
export type SecretTypes = Granted<'secrets', Record<string, { use: string; readable: true }>>

/** The names of secrets whose text the manifest asks for. */
export type ReadableSecret = {
  [Name in keyof SecretTypes & string]: SecretTypes[Name]['readable'] extends true ? Name : never
}[keyof SecretTypes & string]

/** The secrets of `capabilities.secrets`. Every method throws a `CapabilityError` for one that is not granted. */
export interface Secrets {
  /**
   * A secret as a key that cannot be extracted.
   *
   * @param use - such as `hmac-sha256`; by default the first that the manifest names
   */
  key<Name extends keyof SecretTypes & string>(
    name: Name,
    use?: SecretTypes[Name]['use'],
  ): CryptoKey
  /** The text of a secret, where manifest and host say that it is readable. */
  text(name: ReadableSecret): string
}

export const secrets: Secrets = {
  key: (name, use) =>
    call(`use secret "${name}"`, (host) => {
      const usage = use === undefined ? null : String(use)
      // It is what a script sees of a key.
      return keyOf(host.key(String(name).toWellFormed(), usage)) as unknown as CryptoKey
    }),
  text: (name) => call(`read secret "${name}"`, (host) => host.text(String(name).toWellFormed())),
}

function call<Result>(action: string, make: (host: SecretsHost) => Result): Result {
  const host = secretsHost
  if (host === undefined) {
    throw new CapabilityError(
      'secrets',
      'unavailable',
      `Cannot ${action}: this engine has no secrets`,
    )
  }
  return guarded('secrets', action, () => make(host))
}
