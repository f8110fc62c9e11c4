/**
 * Secrets in the environment of the host: `MAYFLY_SECRET_API_TOKEN` is the secret `API_TOKEN`.
 *
 * Only names with the prefix, so that a manifest cannot name another variable of the host.
 *
 * @module
 */

import type { SecretDriver } from '../../../runtime/capabilities/http/index.ts'

/** Which variables are secrets. */
export interface EnvironmentSecretsOptions {
  /**
   * The variables.
   *
   * @default process.env
   */
  environment?: Readonly<Record<string, string | undefined>>
}

const PREFIX = 'MAYFLY_SECRET_'

/** Secrets in environment variables. */
export function environmentSecrets({
  environment = process.env,
}: EnvironmentSecretsOptions = {}): SecretDriver {
  return {
    name: 'environment',
    get(name) {
      const value = environment[PREFIX + name]
      return value === undefined || value === '' ? undefined : { value }
    },
    hint: (name) => `Set ${PREFIX}${name} for the host`,
  }
}
