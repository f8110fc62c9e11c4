/**
 * Has agents served anew when secrets that they use were set or removed, without a start of the host.
 *
 * It looks at the file of the store twice a second, and at what is in clear there: the names of secrets, their agents and
 * versions. What cannot be served with the secrets of now is served as before, and the log says so.
 *
 * @module
 */

import { unwatchFile, watchFile } from 'node:fs'
import { isMayflyError } from '../../../runtime/errors/index.ts'
import { secretsOf } from '../../../runtime/host-policy/index.ts'
import type { Manifest } from '../../../runtime/manifest/index.ts'
import { readSecretFile, secretsFile, type SecretEntry } from '../../drivers/secrets/index.ts'
import type { Registry } from '../../registry/index.ts'
import type { Logger } from './logger.ts'

export interface SecretChangesOptions {
  readonly dataDirectory: string
  readonly registry: Pick<Registry, 'renew'>
  /** Those that are served. */
  readonly agents: () => readonly { readonly manifest: Manifest }[]
  readonly logger: Logger
}

// One call of the system each time.
const LOOK_MS = 500

export interface SecretChanges extends Disposable {
  /** To be called once, when the agents are served: from here on it looks, first for what has changed since it was made. */
  begin(): void
}

export function followSecrets({
  dataDirectory,
  registry,
  agents,
  logger,
}: SecretChangesOptions): SecretChanges {
  const file = secretsFile(dataDirectory)
  let known = read()
  let last: Promise<void> = Promise.resolve()
  const look = (): void => void (last = last.then(renewAll))
  return {
    begin() {
      watchFile(file, { interval: LOOK_MS, persistent: false }, look)
      look()
    },
    [Symbol.dispose]() {
      unwatchFile(file, look)
    },
  }

  function read(): readonly SecretEntry[] | undefined {
    try {
      return readSecretFile(file)?.entries ?? []
    } catch (error) {
      logger.error({ event: 'secrets', error: String(error) }, 'Cannot tell which secrets changed')
      return undefined
    }
  }

  async function renewAll(): Promise<void> {
    const now = read()
    if (now === undefined) return
    const changed = changes(known ?? [], now)
    known = now
    for (const { manifest } of agents()) {
      const { name: agent } = manifest
      const used = secretsOf(manifest)
      const its = changed.filter((entry) => used.has(entry.name) && isFor(entry, agent))
      if (its.length > 0) await renew(agent, [...new Set(its.map(({ name }) => name))])
    }
  }

  async function renew(agent: string, secrets: readonly string[]): Promise<void> {
    const facts = { event: 'secrets', agent, secrets }
    try {
      await registry.renew(agent, secrets)
      logger.info(facts, 'Agent is served with the secrets of now')
    } catch (error) {
      const hint = isMayflyError(error) ? error.hint : undefined
      const why = { error: String(error), ...(hint === undefined ? {} : { hint }) }
      logger.error({ ...facts, ...why }, 'Agent is served with the secrets it had')
    }
  }
}

/** Entries that are in one of the two alone: set anew, they have another version or time. */
function changes(before: readonly SecretEntry[], now: readonly SecretEntry[]): SecretEntry[] {
  const [old, fresh] = [before, now].map((entries) => new Set(entries.map(versionOf)))
  return [
    ...before.filter((entry) => fresh?.has(versionOf(entry)) === false),
    ...now.filter((entry) => old?.has(versionOf(entry)) === false),
  ]
}

function versionOf({ name, agent, version, setAt }: SecretEntry): string {
  return JSON.stringify([name, agent, version, setAt])
}

function isFor({ agent }: SecretEntry, name: string): boolean {
  return agent === undefined || agent === name
}
