/** What can be seen of the versions that are kept: each of them, and two beside each other. @module */

import { toDigest } from '../../runtime/digest/index.ts'
import { manifestFromObject, policyHash } from '../../runtime/manifest/index.ts'
import { capabilityDiff } from '../../runtime/policy/index.ts'
import type { VersionDiff, VersionName, VersionSummary } from '../control/index.ts'
import type { KeptVersion } from './history-files.ts'
import { bundleOf, servedBy, type RegistryParts } from './registry-parts.ts'

export class VersionViews {
  readonly #parts: RegistryParts

  constructor(parts: RegistryParts) {
    this.#parts = parts
  }

  /** The newest first. Nothing when there are none. */
  async list(name: string): Promise<readonly VersionSummary[] | undefined> {
    const { history, bus } = this.#parts
    const agent = servedBy(bus(), name)
    const versions = history.of(name)
    if (versions.length === 0) return agent === undefined ? undefined : []
    const served = agent && bundleOf(agent).revision
    return Promise.all(versions.toReversed().map((version) => this.#summary(version, served)))
  }

  /** @throws {MayflyError} ERR_USAGE for a name of no version, or of several */
  diff(name: string, from: string, to: string): VersionDiff | undefined {
    const { history } = this.#parts
    if (history.of(name).length === 0) return undefined
    const [before, after] = [history.find(name, from), history.find(name, to)]
    // What was never loaded counts as the other: nothing is made up about it.
    const { imports: known = [] } = before.imports === undefined ? after : before
    const powersOf = ({ manifest, imports = known }: KeptVersion) => ({ ...manifest, imports })
    return {
      agent: name,
      from: nameOf(before),
      to: nameOf(after),
      ...capabilityDiff(powersOf(before), powersOf(after)),
      sameComponent: before.component === after.component,
      sameAssets: before.assets === after.assets,
    }
  }

  async #summary(version: KeptVersion, served: string | undefined): Promise<VersionSummary> {
    const { manifest, imports = [], caller, deployedAt, deployedBy, withdrawn } = version
    const { revision, component } = nameOf(version)
    const policy = await policyHash(manifest)
    const { isSame, diff } = this.#parts.ledger.compare({
      manifest,
      imports,
      component: toDigest(version.component),
      policy,
    })
    const gains = diff?.gained ?? []
    return {
      ...{ revision, component, policy, deployedAt, by: caller },
      ...(deployedBy && { deployedBy }),
      componentBytes: version.componentBytes,
      state: revision === served ? 'served' : withdrawn === true ? 'withdrawn' : 'earlier',
      approval: isSame ? 'approved' : gains.length === 0 ? 'not-needed' : 'needed',
      gains,
      powers: powersOf(version),
    }
  }
}

function nameOf({ revision, component }: KeptVersion): VersionName {
  return { revision, component: toDigest(component) }
}

/** What it has beyond an empty manifest, of which its route is a part. */
function powersOf({ manifest, imports = [] }: KeptVersion): readonly string[] {
  const nothing = { ...manifestFromObject({ name: manifest.name }), imports }
  return capabilityDiff(nothing, { ...manifest, imports }).gained
}
