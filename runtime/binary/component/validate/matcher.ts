/**
 * Checks whether a given item fits a declared one, and finds the resource behind each declared resource.
 *
 * The first type given for an abstract resource of the declaration decides which resource it is. From then on it must
 * be that one. So declarations are walked in their order: a resource is declared before it is used.
 *
 * @module
 */

import { moduleMismatch } from './core-match.ts'
import type { Ledger } from './ledger.ts'
import { Substitution } from './substitute.ts'
import type {
  ComponentType,
  Entity,
  FunctionType,
  InstanceType,
  Resource,
  ResourceType,
  Type,
  ValueType,
} from './type.ts'

export class Matcher {
  readonly #ledger: Ledger
  readonly #open: Set<Resource>
  /** The resource given for each abstract resource of the declarations. */
  readonly resources: Map<Resource, Resource> = new Map()
  /** The given type for each declared type. A name for one of the two is a name for the other as well. */
  readonly values: Map<ValueType, ValueType> = new Map()
  readonly resourceTypes: Map<ResourceType, ResourceType> = new Map()
  /** Pairs that were found equal: shared parts are compared once. */
  readonly #equal = new Map<ValueType, Set<ValueType>>()

  /** `open` are the abstract resources. */
  constructor(ledger: Ledger, open: Iterable<Resource>) {
    this.#ledger = ledger
    this.#open = new Set(open)
  }

  /** Fails, by name, unless `given` fits `declared`. */
  entity(name: string, given: Entity, declared: Entity): void {
    this.#ledger.spend(1)
    switch (declared.sort) {
      case 'func':
        if (given.sort !== 'func') break
        return this.#function(name, given.type, declared.type)
      case 'type':
        if (given.sort !== 'type') break
        return this.#type(name, given.type, declared.type)
      case 'instance':
        if (given.sort !== 'instance') break
        return this.#instance(name, given.type, declared.type)
      case 'component':
        if (given.sort !== 'component') break
        return this.#component(name, given.type, declared.type)
      case 'core module': {
        if (given.sort !== 'core module') break
        this.#ledger.spend(given.type.imports.length + declared.type.exports.size)
        const mismatch = moduleMismatch(given.type, declared.type)
        if (mismatch !== undefined)
          this.#ledger.fail(`core module "${name}" does not fit: ${mismatch}`)
        return
      }
    }
    this.#ledger.fail(`"${name}" is of sort ${given.sort} where ${declared.sort} belongs`)
  }

  #type(name: string, given: Type, declared: Type): void {
    if (declared.sort === 'resource') {
      if (given.sort !== 'resource') this.#ledger.fail(`type "${name}" is not a resource`)
      if (this.#resource(given, declared)) {
        this.resourceTypes.set(declared, given)
        return
      }
    } else if (declared.sort === 'value') {
      if (given.sort === 'value' && this.#value(given, declared)) {
        this.values.set(declared, given)
        return
      }
    } else if (declared.sort === 'func') {
      if (given.sort === 'func') return this.#function(name, given, declared)
    } else if (declared.sort === 'instance') {
      if (given.sort === 'instance') return this.#instance(name, given, declared)
    } else if (given.sort === 'component') {
      return this.#component(name, given, declared)
    }
    this.#ledger.fail(`type "${name}" is another one than declared`)
  }

  #instance(name: string, given: InstanceType, declared: InstanceType): void {
    for (const resource of declared.defined) this.#open.add(resource)
    for (const [member, wanted] of declared.exports) {
      const item = given.exports.get(member)
      if (item === undefined) this.#ledger.fail(`instance "${name}" lacks "${member}"`)
      this.entity(member, item, wanted)
    }
  }

  /** The given component may import only declared imports, and must have all declared exports. */
  #component(name: string, given: ComponentType, asDeclared: ComponentType): void {
    const declared = new Substitution(this.#ledger, { resources: this.resources }).component(
      asDeclared,
    )
    const imports = new Matcher(this.#ledger, given.imported)
    for (const [member, wanted] of given.imports) {
      const item = declared.imports.get(member)
      if (item === undefined) {
        this.#ledger.fail(`component "${name}" imports "${member}", which is not declared`)
      }
      imports.entity(member, item, wanted)
    }
    const members = new Substitution(this.#ledger, imports).entities(given.exports)
    const exports = new Matcher(this.#ledger, declared.defined)
    for (const [member, wanted] of declared.exports) {
      const item = members.get(member)
      if (item === undefined) this.#ledger.fail(`component "${name}" lacks "${member}"`)
      exports.entity(member, item, wanted)
    }
  }

  #function(name: string, given: FunctionType, declared: FunctionType): void {
    if (
      given.async === declared.async &&
      equalNames(given.names, declared.names) &&
      this.#parts(given.params, declared.params) &&
      this.#parts([given.result], [declared.result])
    ) {
      return
    }
    this.#ledger.fail(`function "${name}" has another type than declared`)
  }

  #value(given: ValueType, declared: ValueType): boolean {
    if (given === declared && !declared.mentionsResource) return true
    const known = this.#equal.get(declared)
    if (known?.has(given)) return true
    this.#ledger.spend(1)
    const isEqual =
      given.kind === declared.kind &&
      given.length === declared.length &&
      equalNames(given.names, declared.names) &&
      this.#parts(given.parts, declared.parts) &&
      this.#handle(given.resource, declared.resource)
    if (isEqual) {
      if (known === undefined) this.#equal.set(declared, new Set([given]))
      else known.add(given)
    }
    return isEqual
  }

  #parts(
    given: readonly (ValueType | undefined)[],
    declared: readonly (ValueType | undefined)[],
  ): boolean {
    if (given.length !== declared.length) return false
    return given.every((part, i) => {
      const other = declared[i]
      if (part === undefined || other === undefined) return part === other
      return this.#value(part, other)
    })
  }

  #handle(given: ResourceType | undefined, declared: ResourceType | undefined): boolean {
    if (given === undefined || declared === undefined) return given === declared
    return this.#resource(given, declared)
  }

  #resource({ resource: given }: ResourceType, { resource: declared }: ResourceType): boolean {
    const known = this.resources.get(declared)
    if (known !== undefined || !this.#open.has(declared)) return given === (known ?? declared)
    this.resources.set(declared, given)
    return true
  }
}

function equalNames(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((name, i) => name === b[i]))
}
