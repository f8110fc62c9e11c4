/**
 * Serves an agent anew whose secrets have changed: secrets are read when an agent is loaded. Guests under way end with
 * those they had. Each renewal leaves a record in the audit log.
 *
 * @module
 */

import { isMayflyError } from '../../runtime/errors/index.ts'
import { bundleOf, servedBy, withServed, type RegistryParts } from './registry-parts.ts'

export class SecretRenewals {
  readonly #parts: RegistryParts

  constructor(parts: RegistryParts) {
    this.#parts = parts
  }

  /**
   * Loads the agent `name` again, with the grants and in the state that it has. Does nothing when it is not served.
   *
   * @param secrets - names of those that have changed
   * @throws {MayflyError} why it does not load: it is served as before
   */
  async renew(name: string, secrets: readonly string[]): Promise<void> {
    const { queue, bus, admission, audit } = this.#parts
    const target = secrets.join(' ')
    const about = { agent: name, action: 'renew', caller: 'control', target }
    const record = { kind: 'deploy', ...about } as const
    // After a deploy of the agent that was asked for before.
    await queue.inTurn(name, async () => {
      const before = servedBy(bus(), name)
      if (before === undefined) return
      const startedAt = performance.now()
      try {
        const bundle = bundleOf(before)
        // Outside of the swap: other agents do not wait.
        const loaded = await admission.loadWith(bundle, before.manifest.capabilities)
        await queue.oneSwapAtATime(async () => {
          const served = servedBy(bus(), name)
          // One that came meanwhile has the secrets of now.
          if (served === undefined || bundleOf(served).revision !== bundle.revision) return
          const hosted = await admission.anew(loaded, served.manifest.capabilities)
          await bus()?.deploy(withServed(bus(), hosted))
        })
        const durationMs = performance.now() - startedAt
        audit?.append({ ...record, outcome: 'completed', durationMs })
      } catch (error) {
        const reason = isMayflyError(error) ? error.code : 'failed'
        audit?.append({ ...record, outcome: 'refused', reason })
        throw error
      }
    })
  }
}
