/**
 * The index spaces of a component, a component type or an instance type, and the types that have a name in it.
 *
 * @module
 */

import type { CoreExternalSort, ExternName, SortIndex } from '../component.ts'
import type { CoreFunctionType } from '../core-type.ts'
import { ExternList } from './extern-list.ts'
import type { Ledger } from './ledger.ts'
import { isVisible, isVisibleFunction } from './visibility.ts'
import type {
  ComponentType,
  CoreItem,
  Entity,
  FunctionType,
  InstanceType,
  ModuleType,
  Resource,
  Type,
  ValueType,
} from './type.ts'

export type ScopeKind = 'component' | 'component type' | 'instance type'

export type CoreTypeItem =
  | { readonly kind: 'core'; readonly type: CoreFunctionType | undefined }
  | { readonly kind: 'module'; readonly type: ModuleType }

export class Scope {
  readonly ledger: Ledger
  readonly kind: ScopeKind
  readonly outer: Scope | undefined
  readonly types: Type[] = []
  readonly functions: FunctionType[] = []
  readonly instances: InstanceType[] = []
  readonly components: ComponentType[] = []
  readonly modules: ModuleType[] = []
  readonly coreTypes: CoreTypeItem[] = []
  readonly coreInstances: ReadonlyMap<string, CoreItem>[] = []
  readonly core: Readonly<Record<CoreExternalSort, CoreItem[]>> = {
    func: [],
    table: [],
    memory: [],
    global: [],
    tag: [],
  }
  readonly imports: ExternList
  readonly exports: ExternList
  /** Resources that imports stand for. */
  readonly imported: Resource[] = []
  /** Resources that every instance creates for itself. */
  readonly defined: Resource[] = []
  readonly #namedByImports = new Set<object>()
  /** Named types, including types of the imports. */
  readonly #named = new Set<object>()

  constructor(ledger: Ledger, kind: ScopeKind, outer?: Scope) {
    this.ledger = ledger
    this.kind = kind
    this.outer = outer
    this.imports = new ExternList(ledger, 'import')
    this.exports = new ExternList(ledger, 'export')
  }

  /** Appends to the index space of the entity's sort. */
  push(entity: Entity): void {
    switch (entity.sort) {
      case 'func':
        this.functions.push(entity.type)
        return
      case 'instance':
        this.instances.push(entity.type)
        return
      case 'component':
        this.components.push(entity.type)
        return
      case 'core module':
        this.modules.push(entity.type)
        return
      case 'type':
        this.types.push(entity.type)
    }
  }

  import(name: ExternName, entity: Entity): void {
    this.#checkVisible(name, entity, 'import')
    this.imports.add(name, entity)
    this.push(entity)
  }

  export(name: ExternName, entity: Entity): void {
    this.#checkVisible(name, entity, 'export')
    this.exports.add(name, entity)
    this.push(entity)
  }

  /** Returns an item that can be exported or passed on. */
  entity({ sort, index }: SortIndex): Entity {
    switch (sort) {
      case 'func':
        return { sort, type: this.function(index) }
      case 'instance':
        return { sort, type: this.instance(index) }
      case 'component':
        return { sort, type: this.ledger.at(this.components, index, 'component') }
      case 'core module':
        return { sort, type: this.ledger.at(this.modules, index, 'core module') }
      case 'type':
        return { sort, type: this.type(index) }
      default:
        return this.ledger.fail(`${sort} where a component-level item belongs`)
    }
  }

  type(index: number): Type {
    return this.ledger.at(this.types, index, 'type')
  }

  function(index: number): FunctionType {
    return this.ledger.at(this.functions, index, 'function')
  }

  instance(index: number): InstanceType {
    return this.ledger.at(this.instances, index, 'instance')
  }

  valueType(index: number): ValueType {
    const type = this.type(index)
    return type.sort === 'value' ? type : this.ledger.fail(`type ${index} is not a value type`)
  }

  coreItem(sort: CoreExternalSort, index: number): CoreItem {
    return this.ledger.at(this.core[sort], index, `core ${sort}`)
  }

  /** An instance type is checked where an instance of it is imported or exported. */
  #checkVisible({ name }: ExternName, entity: Entity, what: 'import' | 'export'): void {
    if (this.kind === 'instance type' || this.#makeVisible(entity, what)) return
    this.ledger.fail(
      `${what} "${name}" refers to a type that is not ${what === 'import' ? 'imported' : 'exported'}`,
    )
  }

  #makeVisible(entity: Entity, what: 'import' | 'export'): boolean {
    const named = what === 'import' ? this.#namedByImports : this.#named
    this.ledger.spend(1)
    switch (entity.sort) {
      case 'type':
        if (!isVisible(this.ledger, entity.type, named)) return false
        if (what === 'import') this.#namedByImports.add(entity.type)
        this.#named.add(entity.type)
        return true
      case 'instance':
        for (const member of entity.type.exports.values()) {
          if (!this.#makeVisible(member, what)) return false
        }
        return true
      case 'func':
        return isVisibleFunction(this.ledger, entity.type, named)
      case 'component':
      case 'core module':
        return true
    }
  }
}
