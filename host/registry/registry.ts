/**
 * The agents of one host: their versions, approvals, attenuations, and servers.
 *
 * It has no threads, ports or files: a target brings a `CommandBus`, two `StateStore`s behind ledger and versions, and a
 * loader.
 *
 * @module
 */

import { checkManifest, tenantOf } from '../../runtime/host-policy/index.ts'
import type { Manifest } from '../../runtime/manifest/index.ts'
import type {
  AgentChanges,
  AgentSummary,
  ApprovalSummary,
  ChangeResult,
  DeployedVersion,
  DeployOptions,
  DeployResult,
  PolicyCheck,
  Order,
  RestoreResult,
  RollBackOptions,
  VersionDiff,
  VersionSummary,
  StopResult,
} from '../control/index.ts'
import { Admission } from './admission.ts'
import { agentSummaries } from './agent-summaries.ts'
import { AgentHistory } from './agent-history.ts'
import type { AgentBundle } from './agent.ts'
import { CommandChanges } from './command-changes.ts'
import type { CommandBus } from './commands/index.ts'
import { DeployQueue } from './deploy-queue.ts'
import { GrantRestores } from './grant-restores.ts'
import type { RegistryOptions, RegistryParts } from './registry-parts.ts'
import { SecretRenewals } from './secret-renewals.ts'
import { VersionChanges, type Admitted } from './version-changes.ts'
import { VersionViews } from './version-views.ts'

/** Interval in which a target should write uses of leases. A killed host forgets the uses of one interval. */
export const KEEP_USES_MS = 1_000

// A target that calls a registry itself does so for its operator.
const BY_PROGRAM: Order = { caller: 'control' }

export class Registry implements AgentChanges {
  readonly #options: RegistryOptions
  readonly #versions: VersionChanges
  readonly #commands: CommandChanges
  readonly #restores: GrantRestores
  readonly #renewals: SecretRenewals
  readonly #views: VersionViews
  #bus: CommandBus | undefined

  constructor(options: RegistryOptions) {
    this.#options = options
    const parts: RegistryParts = {
      ...options,
      history: options.history ?? new AgentHistory(),
      queue: new DeployQueue(),
      admission: new Admission(options),
      bus: () => this.#bus,
    }
    this.#versions = new VersionChanges(parts)
    this.#commands = new CommandChanges(parts)
    this.#restores = new GrantRestores(parts)
    this.#renewals = new SecretRenewals(parts)
    this.#views = new VersionViews(parts)
  }

  /** The bus to the servers, once there are some. */
  set bus(bus: CommandBus) {
    this.#bus = bus
  }

  /** Others are served in place of these, which are versions to roll back to. */
  remember(agents: readonly AgentBundle[]): void {
    this.#versions.remember(agents)
  }

  /** Keeps the admitted versions that are served, to roll back to. To be called when they are. */
  keepServed(): void {
    this.#versions.keepServed()
  }

  /** Loads and approves `agents`. Nothing serves them yet. */
  admit(agents: readonly AgentBundle[]): Promise<Admitted> {
    return this.#versions.admit(agents)
  }

  /**
   * Makes `agents` the ones that are served.
   *
   * @throws {MayflyError} why the first that may not be served may not, or does not load; nothing has changed then
   */
  deploy(agents: readonly AgentBundle[]): Promise<void> {
    return this.#versions.deploy(agents)
  }

  deployVersion(
    version: DeployedVersion,
    options: DeployOptions,
    order: Order = BY_PROGRAM,
  ): Promise<DeployResult> {
    return this.#versions.deployVersion(version, options, order)
  }

  rollBack(
    name: string,
    options: RollBackOptions,
    order: Order = BY_PROGRAM,
  ): Promise<DeployResult | undefined> {
    return this.#versions.rollBack(name, options, order)
  }

  kill(name: string, order: Order = BY_PROGRAM): Promise<ChangeResult | undefined> {
    return this.#commands.kill(name, order)
  }

  disable(
    name: string,
    disabled: boolean,
    order: Order = BY_PROGRAM,
  ): Promise<ChangeResult | undefined> {
    return this.#commands.disable(name, disabled, order)
  }

  stop(
    wanted: (name: string) => boolean,
    order: Order = BY_PROGRAM,
  ): Promise<StopResult | undefined> {
    return this.#commands.stop(wanted, order)
  }

  attenuate(
    name: string,
    request: unknown,
    order: Order = BY_PROGRAM,
  ): Promise<ChangeResult | undefined> {
    return this.#commands.attenuate(name, request, order)
  }

  restore(
    name: string,
    request: unknown,
    order: Order = BY_PROGRAM,
  ): Promise<RestoreResult | undefined> {
    return this.#restores.restore(name, request, order)
  }

  /**
   * Serves the agent `name` with the secrets of now, if it is served.
   *
   * @param secrets - names of those that have changed, for the audit log
   * @throws {MayflyError} why it does not load: it is served as before
   */
  renew(name: string, secrets: readonly string[]): Promise<void> {
    return this.#renewals.renew(name, secrets)
  }

  approvals(): readonly ApprovalSummary[] {
    return this.#options.ledger.summaries()
  }

  /** The kept versions of an agent, the newest first; nothing when there are none. */
  versions(name: string): Promise<readonly VersionSummary[] | undefined> {
    return this.#views.list(name)
  }

  /**
   * Compares two versions of an agent, each named as for `rollBack`.
   *
   * @throws {MayflyError} ERR_USAGE for a name of no version, or of several
   */
  diff(name: string, from: string, to: string): VersionDiff | undefined {
    return this.#views.diff(name, from, to)
  }

  /** What the policy of this host says to a manifest. */
  checkPolicy(manifest: Manifest): PolicyCheck {
    const { policy } = this.#options
    const { name: agent } = manifest
    if (policy === undefined) return { agent, hasPolicy: false, refused: [], lowered: [] }
    const { manifest: _, ...answer } = checkManifest(policy, manifest)
    return { agent, hasPolicy: true, ...answer }
  }

  /** Returns each served agent, with the counts of all its servers. */
  async summaries(): Promise<AgentSummary[]> {
    const { policy } = this.#options
    const bus = this.#bus
    if (bus === undefined) return []
    return agentSummaries(bus, {
      earlier: (name) => this.#versions.earlierVersions(name),
      tenantOf: (name) => policy && tenantOf(policy, name),
    })
  }

  /**
   * Writes how often leases were used, so that a host that starts again does not give them a second time. To be called
   * every `KEEP_USES_MS`, and when nothing is served any more.
   */
  keepUses(): void {
    this.#options.ledger.keepUses()
  }
}
