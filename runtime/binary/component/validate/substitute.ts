/**
 * Replaces resources and types by others: an import by its argument, once that is known, and resources that every
 * instance creates by new ones.
 *
 * Parts that do not change keep their identity, and a part that changes is rewritten once. So two uses of one type
 * stay two uses of one type.
 *
 * @module
 */

import type { Ledger } from './ledger.ts'
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

/** The replacement for each resource and type, by identity. */
export interface Replacements {
  readonly resources: ReadonlyMap<Resource, Resource>
  readonly values?: ReadonlyMap<ValueType, ValueType>
  readonly resourceTypes?: ReadonlyMap<ResourceType, ResourceType>
}

export class Substitution {
  readonly #ledger: Ledger
  readonly #resources: ReadonlyMap<Resource, Resource>
  readonly #done: Map<object, object>
  readonly #replacesValues: boolean

  constructor(ledger: Ledger, { resources, values, resourceTypes }: Replacements) {
    this.#ledger = ledger
    this.#resources = resources
    this.#replacesValues = values !== undefined && values.size > 0
    this.#done = new Map<object, object>([...(values ?? []), ...(resourceTypes ?? [])])
  }

  entities(entities: ReadonlyMap<string, Entity>): ReadonlyMap<string, Entity> {
    this.#ledger.spend(entities.size)
    if (this.#resources.size === 0 && !this.#replacesValues) return entities
    const replaced = new Map<string, Entity>()
    for (const [name, entity] of entities) replaced.set(name, this.#entity(entity))
    return replaced
  }

  component(type: ComponentType): ComponentType {
    if (this.#cannotTouch(type)) return type
    return this.#once(type, () => ({
      ...type,
      imports: this.entities(type.imports),
      exports: this.entities(type.exports),
    }))
  }

  #entity(entity: Entity): Entity {
    switch (entity.sort) {
      case 'func':
        return { sort: 'func', type: this.#function(entity.type) }
      case 'instance':
        return { sort: 'instance', type: this.#instance(entity.type) }
      case 'component':
        return { sort: 'component', type: this.component(entity.type) }
      case 'core module':
        return entity
      case 'type':
        return { sort: 'type', type: this.#type(entity.type) }
    }
  }

  #type(type: Type): Type {
    switch (type.sort) {
      case 'value':
        return this.#value(type)
      case 'func':
        return this.#function(type)
      case 'instance':
        return this.#instance(type)
      case 'component':
        return this.component(type)
      case 'resource':
        return this.#resource(type)
    }
  }

  #instance(type: InstanceType): InstanceType {
    if (this.#cannotTouch(type)) return type
    return this.#once(type, () => ({ ...type, exports: this.entities(type.exports) }))
  }

  #function(type: FunctionType): FunctionType {
    if (this.#cannotTouch(type)) return type
    return this.#once(type, () => ({
      ...type,
      params: type.params.map((param) => this.#value(param)),
      ...(type.result === undefined ? {} : { result: this.#value(type.result) }),
    }))
  }

  #value(type: ValueType): ValueType {
    if (this.#cannotTouch(type)) return type
    return this.#once(type, () => {
      const parts = type.parts.map((part) => (part === undefined ? part : this.#value(part)))
      const resource = type.resource === undefined ? undefined : this.#resource(type.resource)
      const isSame = resource === type.resource && parts.every((part, i) => part === type.parts[i])
      return isSame ? type : { ...type, parts, ...(resource === undefined ? {} : { resource }) }
    })
  }

  #resource(type: ResourceType): ResourceType {
    return this.#once(type, () => {
      const resource = this.#resources.get(type.resource)
      return resource === undefined ? type : { sort: 'resource', resource }
    })
  }

  #cannotTouch({ mentionsResource }: { readonly mentionsResource: boolean }): boolean {
    return !this.#replacesValues && (!mentionsResource || this.#resources.size === 0)
  }

  #once<T extends object>(from: T, rewrite: () => T): T {
    // A rewritten part has the TypeScript type of its original.
    const done = this.#done.get(from) as T | undefined
    if (done !== undefined) return done
    this.#ledger.spend(1)
    const rewritten = rewrite()
    this.#done.set(from, rewritten)
    return rewritten
  }
}

/** Returns an instance type for one new instance, with new resources. */
export function openInstance(
  ledger: Ledger,
  type: InstanceType,
): { type: InstanceType; fresh: Resource[] } {
  if (type.defined.length === 0) return { type, fresh: [] }
  const resources = new Map<Resource, Resource>(type.defined.map((resource) => [resource, {}]))
  const exports = new Substitution(ledger, { resources }).entities(type.exports)
  return { type: { ...type, exports, defined: [] }, fresh: [...resources.values()] }
}

/** Whether a resource is in `type` that `type` does not bring itself. */
export function hasFreeResource(
  ledger: Ledger,
  type: Type,
  closed: ReadonlySet<Resource> = new Set(),
): boolean {
  ledger.spend(1)
  switch (type.sort) {
    case 'resource':
      return !closed.has(type.resource)
    case 'value':
      if (!type.mentionsResource) return false
      if (type.resource !== undefined) return !closed.has(type.resource.resource)
      return type.parts.some((part) => part !== undefined && hasFreeResource(ledger, part, closed))
    case 'func':
      if (!type.mentionsResource) return false
      return [...type.params, ...(type.result === undefined ? [] : [type.result])].some((part) =>
        hasFreeResource(ledger, part, closed),
      )
    case 'instance':
      ledger.spend(closed.size + type.defined.length)
      return anyFree(ledger, type.exports, new Set([...closed, ...type.defined]))
    case 'component': {
      ledger.spend(closed.size + type.imported.length + type.defined.length)
      const inside = new Set([...closed, ...type.imported, ...type.defined])
      return anyFree(ledger, type.imports, inside) || anyFree(ledger, type.exports, inside)
    }
  }
}

function anyFree(
  ledger: Ledger,
  entities: ReadonlyMap<string, Entity>,
  closed: ReadonlySet<Resource>,
): boolean {
  for (const { sort, type } of entities.values()) {
    if (sort !== 'core module' && hasFreeResource(ledger, type, closed)) return true
  }
  return false
}
