/**
 * Decides whether a version may be served: the policy of the host must allow it, it must load, it must be approved, and
 * grants taken from it stay away.
 *
 * Approvals are for the manifest as it was written. It is served with what the policy and the operator leave of it.
 *
 * @module
 */

import type { AuditSink } from '../../runtime/audit/index.ts'
import type { PreparedAgent } from '../../runtime/agents/index.ts'
import { isMayflyError } from '../../runtime/errors/index.ts'
import { admitManifest, checkManifest, type HostPolicy } from '../../runtime/host-policy/index.ts'
import {
  policyHash,
  policyText,
  type Capabilities,
  type Manifest,
} from '../../runtime/manifest/index.ts'
import type { AgentLedger, Approval, ApprovalOptions } from './agent-ledger.ts'
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
  /** Absent when the host has none. */
  readonly policy?: HostPolicy | undefined
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
  #madeAnew = 0

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /**
   * Loads `bundle`, unless it is among `served`.
   *
   * @throws {MayflyError} ERR_POLICY_DENIED, or with the reason why it does not load
   */
  async load(bundle: AgentBundle, served: readonly HostedAgent[]): Promise<LoadedVersion> {
    this.#requireAllowed(bundle.manifest)
    const same = served.find(({ revision }) => revision === bundle.revision)
    if (same !== undefined) return { bundle, manifest: same.manifest, prepared: same.prepared }
    return this.loadWith(bundle, this.#options.ledger.leftOf(bundle).capabilities)
  }

  /** Loads `bundle` with these of its grants. */
  async loadWith(bundle: AgentBundle, capabilities: Capabilities): Promise<LoadedVersion> {
    const manifest = this.#lowered({ ...bundle.manifest, capabilities })
    const { component } = bundle
    const prepared = await this.#options.loader.prepare({ manifest, component })
    return { bundle, manifest, prepared }
  }

  /** @throws {MayflyError} with the reason why it may not be served */
  async admit(
    loaded: LoadedVersion,
    options: ApprovalOptions,
  ): Promise<{ hosted: HostedAgent; approval: Approval }> {
    const { ledger } = this.#options
    const { bundle } = loaded
    const { name } = bundle.manifest
    let approval: Approval
    try {
      approval = await ledger.approve({ ...bundle, imports: loaded.prepared.interfaces }, options)
    } catch (error) {
      const reason = isMayflyError(error) ? error.code : 'failed'
      this.#options.audit?.append({ kind: 'approval', agent: name, outcome: 'refused', reason })
      throw error
    }
    const { component, policy } = approval
    this.#report(name, approval)
    const reason = reasonOf(approval)
    this.#options.audit?.append({
      kind: 'approval',
      agent: name,
      component,
      policy,
      outcome: 'approved',
      ...(reason === '' ? {} : { reason }),
    })
    const narrowed = ledger.narrowed(name)
    const revision =
      narrowed === undefined
        ? bundle.revision
        : `${bundle.revision} ${await policyHash({ ...bundle.manifest, capabilities: narrowed })}`
    return { hosted: await this.#host(loaded, narrowed, revision), approval }
  }

  /**
   * The approved version with the grants in `capabilities`, under a revision that no server has: what they have of it was
   * narrowed while it ran, or has secrets that were replaced.
   */
  async anew(loaded: LoadedVersion, capabilities: Capabilities): Promise<HostedAgent> {
    const { bundle } = loaded
    const policy = await policyHash({ ...bundle.manifest, capabilities })
    return this.#host(loaded, capabilities, `${bundle.revision} ${policy} +${++this.#madeAnew}`)
  }

  async #host(
    loaded: LoadedVersion,
    left: Capabilities | undefined,
    revision: string,
  ): Promise<HostedAgent> {
    const { ledger, loader } = this.#options
    const { bundle } = loaded
    const { name, capabilities: granted } = bundle.manifest
    const manifest = this.#lowered({ ...bundle.manifest, capabilities: left ?? granted })
    // The manifest it was loaded with may have been narrowed since.
    const prepared =
      policyText(manifest) === policyText(loaded.manifest)
        ? loaded.prepared
        : await loader.prepare({ manifest, component: bundle.component })
    const [uses, disabled] = [ledger.uses(name), ledger.isDisabled(name)]
    return { ...bundle, manifest, granted, revision, uses, disabled, prepared }
  }

  #requireAllowed(manifest: Manifest): void {
    const { policy, audit, log } = this.#options
    if (policy === undefined) return
    try {
      const { lowered } = admitManifest(policy, manifest)
      if (lowered.length === 0) return
      const places = lowered.map(({ place }) => place).join(', ')
      log.info({ event: 'policy', agent: manifest.name }, `lowers ${places}`)
    } catch (error) {
      const reason = isMayflyError(error) ? error.code : 'failed'
      audit?.append({ kind: 'approval', agent: manifest.name, outcome: 'refused', reason })
      throw error
    }
  }

  /** Returns `manifest` with what the policy lowers. */
  #lowered(manifest: Manifest): Manifest {
    const { policy } = this.#options
    return policy === undefined ? manifest : checkManifest(policy, manifest).manifest
  }

  #report(agent: string, { diff, revoked, narrowed, unfit, renewed }: Approval): void {
    const { log } = this.#options
    const facts = { event: 'approval', agent }
    for (const line of diff?.gained ?? []) log.warn(facts, `gains ${line}`)
    for (const line of diff?.lost ?? []) log.info(facts, `loses ${line}`)
    const giveBack = (place: string): string => `mayfly control grants ${agent} --restore ${place}`
    for (const place of revoked) {
      const state = unfit.includes(place) ? 'is revoked, as it does not narrow' : 'stays revoked'
      log.warn(facts, `${place} ${state}, until ${giveBack(place)}`)
    }
    for (const place of narrowed) {
      log.warn(facts, `${place} stays narrowed, until ${giveBack(place)}`)
    }
    for (const place of renewed) log.warn(facts, `${place} is counted anew`)
  }
}

/** The gains and losses of an approval, and what stays taken, for the audit log. */
function reasonOf({ diff, revoked, narrowed, renewed }: Approval): string {
  const lists = { revoked, narrowed, renewed }
  return [
    ...(diff === undefined ? [] : [`+${diff.gained.length} -${diff.lost.length}`]),
    ...Object.entries(lists).flatMap(([name, places]) =>
      places.length === 0 ? [] : [`${name} ${places.join(' ')}`],
    ),
  ].join(', ')
}
