/**
 * Runs the definitions of a component, once per instantiation, and leaves its steps in the plan.
 *
 * @module
 */

import type {
  Component,
  CoreInstanceExpression,
  Definition,
  InstanceExpression,
  NamedSortIndex,
} from '../../binary/index.ts'
import { aliasCoreItem, aliasItem } from './alias.ts'
import { bindExtern, type Provider } from './bind.ts'
import { liftItem, trampolineItem } from './canon-item.ts'
import { malformed } from './fault.ts'
import type { CoreInstanceItem, CoreItem, InstanceItem, Item, OuterScope } from './item.ts'
import type { Planner } from './planner.ts'
import { resolveType } from './resolve-type.ts'
import { at, Scope } from './scope.ts'

/** Called for each import in turn: returns the item that satisfies it. */
export type Provide = (name: string, offset: number) => Provider

/** The imports and exports of one component instance, resolved. */
export interface InstantiationOutcome {
  readonly imports: ReadonlyMap<string, Item>
  readonly exports: ReadonlyMap<string, Item>
}

/** Instantiates `component` inside instance `parent`, -1 for the root. `outer` is the scope it was defined in. */
export function instantiate(
  planner: Planner,
  component: Component,
  outer: OuterScope | undefined,
  parent: number,
  provide: Provide,
): InstantiationOutcome {
  const instance = planner.addComponentInstance(parent, component.start)
  const instantiation = new Instantiation(planner, new Scope(instance, outer), provide)
  return planner.nested(component.start, () => instantiation.run(component))
}

class Instantiation {
  readonly #planner: Planner
  readonly #scope: Scope
  readonly #provide: Provide
  readonly #imports = new Map<string, Item>()
  readonly #exports = new Map<string, Item>()

  constructor(planner: Planner, scope: Scope, provide: Provide) {
    this.#planner = planner
    this.#scope = scope
    this.#provide = provide
  }

  run(component: Component): InstantiationOutcome {
    for (const definition of component.definitions) {
      this.#planner.spend(1, definition.offset)
      this.#define(definition)
    }
    return { imports: this.#imports, exports: this.#exports }
  }

  #define(definition: Definition): void {
    const { offset } = definition
    const scope = this.#scope
    switch (definition.kind) {
      case 'core module': {
        const module = this.#planner.moduleAt(definition.range.start)
        scope.push({ sort: 'core module', module })
        return
      }
      case 'core instance':
        scope.coreInstances.push(this.#coreInstance(definition.expression, offset))
        return
      case 'core type':
        return
      case 'component': {
        const { component } = definition
        scope.push({ sort: 'component', component, outer: scope.snapshot() })
        return
      }
      case 'instance':
        scope.push(this.#instance(definition.expression, offset))
        return
      case 'alias':
        this.#alias(definition, offset)
        return
      case 'type':
        this.#type(definition, offset)
        return
      case 'canon': {
        const { canon } = definition
        if (canon.kind === 'lift') scope.push(liftItem(this.#planner, scope, canon, offset))
        else scope.core.func.push(trampolineItem(this.#planner, scope, canon, offset))
        return
      }
      case 'start':
        this.#start(definition.func, offset)
        return
      case 'import': {
        const { name, type } = definition
        if (this.#imports.has(name)) malformed(`second import "${name}"`, offset)
        const provider = this.#provide(name, offset)
        const binding = { planner: this.#planner, scope, name, provider, offset }
        const item = bindExtern(binding, type)
        this.#imports.set(name, item)
        scope.push(item)
        return
      }
      case 'export':
        this.#export(definition, offset)
    }
  }

  #alias({ alias }: Definition & { readonly kind: 'alias' }, offset: number): void {
    const scope = this.#scope
    if (alias.kind === 'core export') {
      const item = aliasCoreItem(scope, alias, offset)
      scope.core[item.sort].push(item)
    } else if (alias.sort !== 'core type') {
      scope.push(aliasItem(scope, alias, offset))
    }
  }

  #type({ type }: Definition & { readonly kind: 'type' }, offset: number): void {
    const scope = this.#scope
    if (type.kind !== 'resource') {
      scope.push(resolveType(this.#planner, scope, type, offset))
      return
    }
    const { instance } = scope
    const { destructor } = type
    const item =
      destructor === undefined ? undefined : scope.coreItem('func', destructor, offset).reference()
    const dtor = item === undefined ? {} : { destructor: item }
    scope.push(this.#planner.addResource({ kind: 'defined', instance, name: '', ...dtor }))
  }

  #start(index: number, offset: number): void {
    const { type, reference } = this.#scope.function(index, offset)
    if (type.type.params.length > 0 || type.type.result !== undefined) {
      malformed('start function with parameters or a result', offset)
    }
    this.#planner.steps.push({ kind: 'start', target: reference() })
  }

  #export(
    { name, item: { sort, index }, type }: Definition & { readonly kind: 'export' },
    offset: number,
  ): void {
    const scope = this.#scope
    if (this.#exports.has(name)) malformed(`second export "${name}"`, offset)
    const actual = scope.item(sort, index, offset)
    const provider: Provider = { kind: 'item', item: actual }
    const binding = { planner: this.#planner, scope, name, provider, offset }
    const item = type === undefined ? actual : bindExtern(binding, type)
    if (item.sort === 'type' && item.kind === 'resource') this.#planner.nameResource(item, name)
    this.#exports.set(name, item)
    scope.push(item)
  }

  #instance(expression: InstanceExpression, offset: number): InstanceItem {
    if (expression.kind === 'exports') {
      return { sort: 'instance', exports: this.#items(expression.exports, offset) }
    }
    const component = at(this.#scope.components, expression.component, 'component', offset)
    const provided = this.#items(expression.arguments, offset)
    const provide: Provide = (name) => {
      const item = provided.get(name)
      if (item === undefined) return malformed(`argument "${name}" is missing`, offset)
      return { kind: 'item', item }
    }
    const { instance } = this.#scope
    const { exports } = instantiate(
      this.#planner,
      component.component,
      component.outer,
      instance,
      provide,
    )
    return { sort: 'instance', exports }
  }

  #items(entries: readonly NamedSortIndex[], offset: number): ReadonlyMap<string, Item> {
    const items = new Map<string, Item>()
    for (const { name, sort, index } of entries) {
      this.#planner.spend(1, offset)
      items.set(name, this.#scope.item(sort, index, offset))
    }
    return items
  }

  #coreInstance(expression: CoreInstanceExpression, offset: number): CoreInstanceItem {
    if (expression.kind === 'instantiate') return this.#instantiateModule(expression, offset)
    const exports = new Map<string, CoreItem>()
    for (const { name, sort, index } of expression.exports) {
      this.#planner.spend(1, offset)
      exports.set(name, this.#coreExport(sort, index, offset))
    }
    return (name) => exports.get(name)
  }

  #coreExport(sort: string, index: number, offset: number): CoreItem {
    switch (sort) {
      case 'core func':
        return this.#scope.coreItem('func', index, offset)
      case 'core table':
        return this.#scope.coreItem('table', index, offset)
      case 'core memory':
        return this.#scope.coreItem('memory', index, offset)
      case 'core global':
        return this.#scope.coreItem('global', index, offset)
      case 'core tag':
        return this.#scope.coreItem('tag', index, offset)
      default:
        return malformed(`${sort} in a core instance`, offset)
    }
  }

  #instantiateModule(
    expression: CoreInstanceExpression & { readonly kind: 'instantiate' },
    offset: number,
  ): CoreInstanceItem {
    const { module } = at(this.#scope.modules, expression.module, 'core module', offset)
    const given = new Map<string, CoreInstanceItem>()
    for (const { name, instance } of expression.arguments) {
      given.set(name, at(this.#scope.coreInstances, instance, 'core instance', offset))
    }
    const { imports, exports } = this.#planner.coreInterface(module, offset)
    this.#planner.spend(imports.length, offset)
    const bound = imports.map((wanted) => {
      const item = given.get(wanted.module)?.(wanted.name)
      const label = `"${wanted.module}" "${wanted.name}"`
      if (item === undefined) return malformed(`core module lacks its import ${label}`, offset)
      if (item.sort !== wanted.sort) {
        return malformed(`core import ${label} is a ${item.sort}, not a ${wanted.sort}`, offset)
      }
      return { module: wanted.module, name: wanted.name, value: item.reference() }
    })
    const step = { kind: 'instantiate', module, imports: bound } as const
    const instance = this.#planner.addCoreInstance(step, offset)
    return (name) => {
      const sort = exports.get(name)
      if (sort === undefined) return undefined
      return { sort, reference: () => ({ kind: 'export', instance, name, sort }) }
    }
  }
}
