/**
 * The secrets that `mayfly secret set` keeps, in the data directory of a host.
 *
 * Read again when an agent is loaded. A host on Node loads agents again whose secrets have changed.
 *
 * @module
 */

import type { SecretDriver } from '../../../runtime/capabilities/http/index.ts'
import { SecretStore, type SecretStoreOptions } from './secret-store.ts'

/** Secrets in a store, encrypted, each for all agents or for one. */
export function storedSecrets(options: SecretStoreOptions): SecretDriver {
  const store = new SecretStore(options)
  return {
    name: 'store',
    get: (name, agent) => store.get(name, agent),
    hint: (name) => `mayfly secret set ${name}`,
  }
}
