/**
 * The index spaces of one component instance, or of one component or instance type.
 *
 * @module
 */

import type { CoreExternalSort } from '../../binary/index.ts'
import { malformed } from './fault.ts'
import type {
  ComponentItem,
  CoreInstanceItem,
  CoreItem,
  EnclosingScope,
  FunctionItem,
  InstanceItem,
  Item,
  ModuleItem,
  OuterScope,
  ResourceTypeItem,
  TypeItem,
} from './item.ts'

/** Indexes are looked up with the offset of the definition that uses them, for messages. */
export class Scope implements EnclosingScope {
  readonly outer: OuterScope | undefined
  /** The component instance of this scope; -1 in the scope of a type. */
  readonly instance: number
  readonly types: TypeItem[] = []
  readonly functions: FunctionItem[] = []
  readonly instances: InstanceItem[] = []
  readonly components: ComponentItem[] = []
  readonly modules: ModuleItem[] = []
  readonly coreInstances: CoreInstanceItem[] = []
  readonly core: Readonly<Record<CoreExternalSort, CoreItem[]>> = {
    func: [],
    table: [],
    memory: [],
    global: [],
    tag: [],
  }

  constructor(instance: number, outer?: OuterScope) {
    this.instance = instance
    this.outer = outer
  }

  /** Returns the items that are visible from inside a definition that begins now. */
  snapshot(): OuterScope {
    const { types, components, modules } = this
    return {
      scope: this,
      types: types.length,
      components: components.length,
      modules: modules.length,
    }
  }

  /** Appends to the index space of the item's sort. */
  push(item: Item): void {
    switch (item.sort) {
      case 'type':
        this.types.push(item)
        return
      case 'func':
        this.functions.push(item)
        return
      case 'instance':
        this.instances.push(item)
        return
      case 'component':
        this.components.push(item)
        return
      case 'core module':
        this.modules.push(item)
        return
    }
  }

  /** Returns the item that a component-level sort and index refer to. */
  item(sort: string, index: number, offset: number): Item {
    switch (sort) {
      case 'type':
        return this.type(index, offset)
      case 'func':
        return at(this.functions, index, 'function', offset)
      case 'instance':
        return at(this.instances, index, 'instance', offset)
      case 'component':
        return at(this.components, index, 'component', offset)
      case 'core module':
        return at(this.modules, index, 'core module', offset)
      default:
        return malformed(`${sort} where a component-level item belongs`, offset)
    }
  }

  type(index: number, offset: number): TypeItem {
    return at(this.types, index, 'type', offset)
  }

  resource(index: number, offset: number): ResourceTypeItem {
    const type = this.type(index, offset)
    if (type.kind !== 'resource') malformed(`type ${index} is not a resource`, offset)
    return type
  }

  function(index: number, offset: number): FunctionItem {
    return at(this.functions, index, 'function', offset)
  }

  coreItem(sort: CoreExternalSort, index: number, offset: number): CoreItem {
    return at(this.core[sort], index, `core ${sort}`, offset)
  }
}

/** Returns element `index`, or says how many there are. */
export function at<T>(elements: readonly T[], index: number, what: string, offset: number): T {
  const element = elements[index]
  if (element === undefined) {
    return malformed(`${what} ${index} of ${elements.length}`, offset)
  }
  return element
}
