/**
 * Versions of agents that came over the control plane, kept for the next start of the host.
 *
 * One is served again as long as what the host is started with is what it had replaced. Whoever changes that
 * has something newer in mind: then it is forgotten.
 *
 * @module
 */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { MayflyError } from '../../../runtime/errors/index.ts'
import { manifestFromObject } from '../../../runtime/manifest/index.ts'
import { sha256 } from '../../digest/index.ts'
import { revisionOf } from './agent-history.ts'
import type { AgentBundle } from './protocol.ts'

const DIRECTORY = 'deployed'
const SUFFIX = '.json'

/** What is written of one. */
interface Kept {
  readonly version: 1
  /** The revision it had replaced; nothing when there was no agent of its name. */
  readonly base: string | undefined
  readonly manifest: unknown
  /** File of the component, beside this one. */
  readonly component: string
  /** Of the component, in hexadecimal. */
  readonly sha256: string
}

export class DeployedAgents {
  readonly #directory: string | undefined
  /** Revisions the host was started with, by name. */
  readonly #bases = new Map<string, string>()

  /** @param dataDirectory - without one they are forgotten with the process */
  constructor(dataDirectory: string | undefined) {
    this.#directory = dataDirectory === undefined ? undefined : join(dataDirectory, DIRECTORY)
  }

  /**
   * What is to be served: `given`, and in place of those or beside them what was deployed since.
   *
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE when what was kept is not what was written
   */
  merge(given: readonly AgentBundle[]): AgentBundle[] {
    const agents = [...given]
    for (const { manifest, revision } of given) this.#bases.set(manifest.name, revision)
    for (const name of this.#names()) {
      const kept = this.#read(name)
      const place = agents.findIndex(({ manifest }) => manifest.name === name)
      if (kept.base !== agents[place]?.revision) this.#remove(name)
      else if (place === -1) agents.push(kept.bundle)
      else agents[place] = kept.bundle
    }
    return agents
  }

  /** `bundle` is what is served from now on. */
  keep({ manifest, component, revision }: AgentBundle): void {
    const { name } = manifest
    const base = this.#bases.get(name)
    if (this.#directory === undefined) return
    if (revision === base) {
      this.#remove(name)
      return
    }
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    const hash = sha256(component)
    const file = `${name}.${hash.slice(0, 16)}.wasm`
    const kept: Kept = { version: 1, base, manifest, component: file, sha256: hash }
    replace(join(this.#directory, file), component)
    replace(join(this.#directory, name + SUFFIX), JSON.stringify(kept))
    this.#sweep(name, file)
  }

  #names(): string[] {
    if (this.#directory === undefined || !existsSync(this.#directory)) return []
    return readdirSync(this.#directory)
      .filter((file) => file.endsWith(SUFFIX))
      .map((file) => file.slice(0, -SUFFIX.length))
      .toSorted()
  }

  #read(name: string): { readonly base: string | undefined; readonly bundle: AgentBundle } {
    const directory = this.#directory ?? ''
    const path = join(directory, name + SUFFIX)
    try {
      // Written by this class only; what is in it is checked below.
      const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept
      const manifest = manifestFromObject(kept.manifest)
      const component = new Uint8Array(readFileSync(join(directory, kept.component)))
      const hash = sha256(component)
      if (hash !== kept.sha256 || manifest.name !== name) throw new Error('changed')
      const revision = revisionOf(manifest, component)
      return { base: kept.base, bundle: { manifest, component, revision } }
    } catch (cause) {
      throw new MayflyError('ERR_HOST_UNAVAILABLE', `Cannot read deployed agent "${path}"`, {
        cause,
        hint: 'Take the file away, and deploy the agent again',
        facts: { agent: name },
      })
    }
  }

  #remove(name: string): void {
    if (this.#directory === undefined) return
    rmSync(join(this.#directory, name + SUFFIX), { force: true })
    this.#sweep(name, undefined)
  }

  /** Removes components of versions before. */
  #sweep(name: string, kept: string | undefined): void {
    const directory = this.#directory ?? ''
    if (!existsSync(directory)) return
    for (const file of readdirSync(directory)) {
      const isOwn = file.startsWith(`${name}.`) && file.endsWith('.wasm')
      if (isOwn && file !== kept) rmSync(join(directory, file), { force: true })
    }
  }
}

/**
 * Renamed, not overwritten: a host that is killed meanwhile leaves the old version or the new one, also where
 * both have the same component.
 */
function replace(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
