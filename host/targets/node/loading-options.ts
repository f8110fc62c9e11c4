/**
 * Options of a host's runtimes for loading agents: the same on threads that load and on threads that serve.
 *
 * @module
 */

import { join } from 'node:path'
import type { SecretDriver } from '../../../runtime/capabilities/http/index.ts'
import type { RuntimeOptions } from '../../../runtime/presets/index.ts'
import { codeStore } from '../../drivers/code-store/index.ts'
import { mayReadSecret, type HostPolicy } from '../../../runtime/host-policy/index.ts'
import { hostSecrets } from '../../drivers/secrets/index.ts'
import { hostEnvironment } from './host-environment.ts'
import type { GroupSettings } from './isolation/index.ts'
import type { RuntimeConfiguration } from './protocol.ts'

// It has nothing to wait for and no client to answer: what takes longer never ends.
const INITIALISATION_MS = 10_000

export function loadingOptions({
  dataDirectory,
  features,
  policy,
  variables,
}: RuntimeConfiguration): RuntimeOptions {
  const environment = hostEnvironment(variables)
  return {
    drivers: { secrets: readableBy(policy, hostSecrets({ environment, dataDirectory })) },
    environment: (name) => environment[name],
    initialisationMs: INITIALISATION_MS,
    features,
    // Workers ask an agent of the host's own.
    warmUp: false,
    ...(dataDirectory === undefined
      ? {}
      : { codeStore: codeStore({ directory: join(dataDirectory, 'code') }) }),
  }
}

/** `secrets`, and as text those that `policy` lets an agent read. */
function readableBy(policy: HostPolicy | undefined, secrets: SecretDriver): SecretDriver {
  const mayRead = (name: string, agent: string): boolean =>
    policy !== undefined && mayReadSecret(policy, agent, name)
  return { ...secrets, mayRead }
}

/** What the processes of groups are to know, where guests run in them. */
export function groupSettings(
  { features }: RuntimeConfiguration,
  adaptive: readonly string[] = [],
): Omit<GroupSettings, 'group'> {
  return { features, initialisationMs: INITIALISATION_MS, adaptive }
}

/** How long an agent with this deadline may take to initialise. */
export function initialisationMs(deadlineMs: number): number {
  return Math.min(deadlineMs, INITIALISATION_MS)
}
