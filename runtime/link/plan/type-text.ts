/**
 * Types as text: by structure, resources by their interface, without versions.
 *
 * A known text stands in others as `$` and its number, which keeps long lists of functions short. Names of parameters
 * are left out: they do not change the values that are passed.
 *
 * @module
 */

import type { FunctionType, NamedType, ValueType, VariantCase } from '../../abi/index.ts'
import type { ResourceDefinition } from './link-plan.ts'

/** Writes types as text, the known ones by number. */
export class TypeTexts {
  readonly #known: Map<string, number>
  readonly #collects: boolean

  /** @param collects - whether new texts become known, as when the list is made */
  constructor(known: readonly string[], collects = false) {
    this.#known = new Map(known.map((text, index) => [text, index]))
    this.#collects = collects
  }

  get known(): string[] {
    return [...this.#known.keys()]
  }

  ofFunction(
    { params, result, async }: FunctionType,
    resources: readonly ResourceDefinition[],
  ): string {
    const types = params.map(({ type }) => this.#of(type, resources))
    const returned = result === undefined ? '' : `->${this.#of(result, resources)}`
    return `${async === true ? 'async' : ''}(${types.join()})${returned}`
  }

  #of(type: ValueType, resources: readonly ResourceDefinition[]): string {
    const of = (each: ValueType): string => this.#of(each, resources)
    const optional = (each: ValueType | undefined): string => (each === undefined ? '_' : of(each))
    const fields = (list: readonly (NamedType | VariantCase)[]): string =>
      list.map((each) => `${each.name}:${optional(each.type)}`).join()
    switch (type.kind) {
      case 'list':
        return this.#intern(
          `list<${of(type.element)}${type.length === undefined ? '' : `;${type.length}`}>`,
        )
      case 'map':
        return this.#intern(`map<${of(type.key)},${of(type.value)}>`)
      case 'tuple':
        return this.#intern(`tuple<${type.elements.map(of).join()}>`)
      case 'record':
        return this.#intern(`record{${fields(type.fields)}}`)
      case 'variant':
        return this.#intern(`variant{${fields(type.cases)}}`)
      case 'flags':
      case 'enum':
        return this.#intern(`${type.kind}{${type.names.join()}}`)
      case 'option':
        return this.#intern(`option<${of(type.some)}>`)
      case 'result':
        return this.#intern(`result<${optional(type.ok)},${optional(type.error)}>`)
      case 'own':
      case 'borrow':
        return this.#intern(`${type.kind}<${this.#intern(resourceText(resources[type.resource]))}>`)
      case 'stream':
      case 'future':
        return this.#intern(`${type.kind}<${optional(type.element)}>`)
      default:
        return type.kind
    }
  }

  #intern(text: string): string {
    const known = this.#known.get(text)
    if (known !== undefined) return `$${known}`
    if (!this.#collects) return text
    this.#known.set(text, this.#known.size)
    return `$${this.#known.size - 1}`
  }
}

/** A resource that a component defines itself never matches one of the host. */
function resourceText(resource: ResourceDefinition | undefined): string {
  if (resource?.kind !== 'imported') return '?'
  return `${resource.interface.replace(/@.*/, '')}.${resource.name}`
}
