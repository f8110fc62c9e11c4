/**
 * Decides whether a version may be served: it must load, it must be approved, and grants taken from it stay away.
 *
 * @module
 */

import type { AuditSink } from '../../runtime/audit/index.ts'
import type { PreparedAgent } from '../../runtime/agents/index.ts'
import { isMayflyError } from '../../runtime/errors/index.ts'
import {
  policyHash,
  policyText,
  type Capabilities,
  type Manifest,
} from '../../runtime/manifest/index.ts'
import {
  leaseNames,
  attenuateCapabilities,
  type CapabilityDiff,
  type Attenuation,
} from '../../runtime/policy/index.ts'
import type { AgentLedger, Approval } from './agent-ledger.ts'
import type { AgentBundle, HostedAgent } from './agent.ts'

/** Loads agents, away from all that serve. */
export interface VersionLoader {
  /** @throws {MayflyError} with the reason why it does not load, ERR_LIMIT_EXCEEDED when it takes too long */
  prepare(agent: Pick<AgentBundle, 'manifest' | 'component'>): Promise<PreparedAgent>
}

/** The log for facts that an operator should know. */
export interface RegistryLog {
  info(facts: Readonly<Record<string, unknown>>, message: string): void
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
}

export interface AdmissionOptions {
  readonly ledger: AgentLedger
  readonly loader: VersionLoader
  /** Absent when nothing is recorded. */
  readonly audit: AuditSink | undefined
  readonly log: RegistryLog
}

/** A version that loads. */
export interface LoadedVersion {
  readonly bundle: AgentBundle
  /** The manifest that it was loaded with. */
  readonly manifest: Manifest
  readonly prepared: PreparedAgent
}

export class Admission {
  readonly #options: AdmissionOptions
  /** Counts of uses, by agent and policy: a new version begins anew, a new worker does not. */
  readonly #uses = new Map<string, Int32Array<SharedArrayBuffer>>()

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /**
   * Loads `bundle`, unless it is among `served`.
   *
   * @throws {MayflyError} with the reason why it does not load
   */
  async load(bundle: AgentBundle, served: readonly HostedAgent[]): Promise<LoadedVersion> {
    const { ledger, loader } = this.#options
    const same = served.find(({ revision }) => revision === bundle.revision)
    if (same !== undefined) return { bundle, manifest: same.manifest, prepared: same.prepared }
    const manifest = withLeft(bundle.manifest, await ledger.leftOf(bundle))
    const { component } = bundle
    return { bundle, manifest, prepared: await loader.prepare({ manifest, component }) }
  }

  /**
   * @param since - attenuations since the version was asked for
   * @throws {MayflyError} with the reason why it may not be served
   */
  async admit(
    loaded: LoadedVersion,
    allowNew: boolean,
    since: readonly Attenuation[] = [],
  ): Promise<{ hosted: HostedAgent; approval: Approval }> {
    const { ledger, loader } = this.#options
    const { bundle } = loaded
    const { name } = bundle.manifest
    let approval: Approval
    try {
      approval = await ledger.approve({ ...bundle, imports: loaded.prepared.interfaces }, allowNew)
    } catch (error) {
      const reason = isMayflyError(error) ? error.code : 'failed'
      this.#options.audit?.append({ kind: 'approval', agent: name, outcome: 'refused', reason })
      throw error
    }
    const { component, policy, diff } = approval
    if (diff !== undefined) this.#report(name, diff)
    this.#options.audit?.append({
      kind: 'approval',
      agent: name,
      component,
      policy,
      outcome: 'approved',
      ...(diff === undefined ? {} : { reason: `+${diff.gained.length} -${diff.lost.length}` }),
    })
    // Otherwise this version itself was narrowed: the ledger has the remaining grants.
    for (const attenuation of ledger.narrowed(name) === undefined ? since : []) {
      // Grants that this version lacks, or has less of, are an error: grants that were taken away must not come back.
      const granted = ledger.narrowed(name) ?? bundle.manifest.capabilities
      ledger.attenuate(name, attenuateCapabilities(granted, attenuation))
    }
    const capabilities = ledger.narrowed(name)
    const manifest = withLeft(bundle.manifest, capabilities)
    const revision =
      capabilities === undefined
        ? bundle.revision
        : `${bundle.revision} ${await policyHash(manifest)}`
    const key = `${name} ${component} ${policy}`
    const known = ledger.uses(name)
    const uses =
      this.#uses.get(key) ?? sharedCounts(leaseNames(bundle.manifest.capabilities).length, known)
    this.#uses.set(key, uses)
    const disabled = ledger.isDisabled(name)
    // The manifest it was loaded with may have been narrowed since.
    const prepared =
      policyText(manifest) === policyText(loaded.manifest)
        ? loaded.prepared
        : await loader.prepare({ manifest, component: bundle.component })
    return { hosted: { ...bundle, manifest, revision, uses, disabled, prepared }, approval }
  }

  #report(agent: string, { gained, lost }: CapabilityDiff): void {
    for (const line of gained) {
      this.#options.log.warn({ event: 'approval', agent }, `gains ${line}`)
    }
    for (const line of lost) {
      this.#options.log.info({ event: 'approval', agent }, `loses ${line}`)
    }
  }
}

/** Returns `manifest` with the remaining capabilities, if they were narrowed. */
function withLeft(manifest: Manifest, left: Capabilities | undefined): Manifest {
  return left === undefined ? manifest : { ...manifest, capabilities: left }
}

function sharedCounts(count: number, known: readonly number[]): Int32Array<SharedArrayBuffer> {
  const counts = new Int32Array(new SharedArrayBuffer(4 * Math.max(1, count)))
  counts.set(known.slice(0, count))
  return counts
}
