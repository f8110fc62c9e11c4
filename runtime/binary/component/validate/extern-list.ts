/**
 * The imports or the exports of one scope: names that are far enough apart, and functions named after a
 * resource that have to do with it.
 *
 * @module
 */

import type { ExternName } from '../component.ts'
import { annotatedName, canonicalName, type AnnotatedName } from '../extern-name.ts'
import type { Ledger } from './ledger.ts'
import type { Entity, FunctionType, ResourceType, ValueType } from './type.ts'

export class ExternList {
  readonly entities: Map<string, Entity> = new Map()
  readonly #ledger: Ledger
  readonly #what: 'import' | 'export'
  readonly #namesResources: boolean
  readonly #canonical = new Map<string, string>()
  readonly #resources = new Map<ResourceType, string>()
  readonly #resourceNames = new Set<string>()

  /** An instance that is made of items does not give its resources names: they have them elsewhere. */
  constructor(ledger: Ledger, what: 'import' | 'export', namesResources = true) {
    this.#ledger = ledger
    this.#what = what
    this.#namesResources = namesResources
  }

  add({ name, implements: implemented }: ExternName, entity: Entity): void {
    const ledger = this.#ledger
    ledger.spend(1)
    const annotated = annotatedName(name)
    const canonical = canonicalName(name, annotated)
    const previous = this.#canonical.get(canonical)
    if (previous !== undefined) ledger.fail(this.#tooAlike(name, previous))
    this.#canonical.set(canonical, name)
    this.entities.set(name, entity)
    // Names of all other kinds have no "=".
    if (this.#what === 'export' && name.includes('=')) {
      ledger.fail(`export "${name}" has the name of a dependency`)
    }
    if (implemented !== undefined && entity.sort !== 'instance') {
      ledger.fail(`${entity.sort} "${name}" implements an interface, which only instances do`)
    }
    if (annotated !== undefined) this.#checkAnnotated(name, annotated, entity)
    else if (this.#namesResources && entity.sort === 'type' && entity.type.sort === 'resource') {
      this.#resources.set(entity.type, name)
      this.#resourceNames.add(name)
    }
  }

  #tooAlike(name: string, previous: string): string {
    const what = this.#what
    return name === previous
      ? `second ${what} "${name}"`
      : `${what} "${name}" differs too little from "${previous}"`
  }

  #checkAnnotated(name: string, annotated: AnnotatedName, entity: Entity): void {
    if (entity.sort !== 'func')
      this.#ledger.fail(`"${name}" is of sort ${entity.sort}, not a function`)
    const { role, resource } = annotated
    if (role === 'static') {
      if (!this.#resourceNames.has(resource)) {
        this.#ledger.fail(`"${name}" belongs to no resource of this scope`)
      }
      return
    }
    const handle = role === 'method' ? this.#self(name, entity.type) : this.#made(name, entity.type)
    const owner = this.#resources.get(handle)
    if (owner === resource) return
    this.#ledger.fail(
      owner === undefined
        ? `the resource of "${name}" has no name in this scope`
        : `the resource of "${name}" is named "${owner}"`,
    )
  }

  #self(name: string, { names, params }: FunctionType): ResourceType {
    const [self] = params
    if (names[0] !== 'self' || self?.kind !== 'borrow' || self.resource === undefined) {
      this.#ledger.fail(`method "${name}" does not take "self", a borrowed handle, first`)
    }
    return self.resource
  }

  #made(name: string, { result }: FunctionType): ResourceType {
    const made: ValueType | undefined = result?.kind === 'result' ? result.parts[0] : result
    if (made?.kind !== 'own' || made.resource === undefined) {
      this.#ledger.fail(`constructor "${name}" does not return what it makes, an owned handle`)
    }
    return made.resource
  }
}
