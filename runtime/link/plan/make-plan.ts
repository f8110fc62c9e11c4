/**
 * Makes the link plan of a decoded component.
 *
 * Linking is run symbolically: the root component is instantiated with the host as its only argument, nested components
 * with their arguments. Each step is written down and not executed.
 *
 * @module
 */

import { validateComponent, type Component } from '../../binary/index.ts'
import type { Export, LinkPlan, ModuleRange } from './link-plan.ts'
import type { Item } from './item.ts'
import { instantiate, type InstantiationOutcome } from './instantiate.ts'
import { Planner } from './planner.ts'

/**
 * Makes the plan of `component`, which was decoded from `bytes`.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED with the offset, ERR_COMPONENT_UNSUPPORTED
 */
export function makePlan(component: Component, bytes: Uint8Array): LinkPlan {
  const { planner, outcome } = linkSymbolically(component, bytes)
  const exports = makeExports(planner, outcome.exports, component.start)
  const { modules, imports, resources, parents, trampolines, lifts, steps } = planner
  return {
    modules,
    imports,
    importedInterfaces: [...outcome.imports]
      .filter(([, item]) => item.sort === 'instance')
      .map(([name]) => name),
    resources,
    componentInstances: parents.length,
    parents,
    trampolines,
    lifts,
    steps,
    exports,
    customSections: component.customSections,
  }
}

/** Links without an executor; the outcome tells the imports and exports with their names and types. */
export function linkSymbolically(
  component: Component,
  bytes: Uint8Array,
): { planner: Planner; outcome: InstantiationOutcome } {
  validateComponent(component, bytes)
  const planner = new Planner(bytes, listModules(component))
  const outcome = instantiate(planner, component, undefined, -1, () => ({
    kind: 'host',
    interface: '',
  }))
  return { planner, outcome }
}

/** In the order of the binary, nested ones where their component stands. */
function listModules(component: Component, modules: ModuleRange[] = []): ModuleRange[] {
  for (const definition of component.definitions) {
    if (definition.kind === 'core module') modules.push(definition.range)
    if (definition.kind === 'component') listModules(definition.component, modules)
  }
  return modules
}

/** Types other than resources, components and modules cannot be called: a plan has no use for them. */
function makeExports(planner: Planner, items: ReadonlyMap<string, Item>, offset: number): Export[] {
  planner.spend(items.size, offset)
  const exports: Export[] = []
  for (const [name, item] of items) {
    switch (item.sort) {
      case 'func': {
        planner.spend(item.type.size, offset)
        exports.push({ kind: 'func', name, type: item.type.type, target: item.reference() })
        break
      }
      case 'instance':
        exports.push({
          kind: 'instance',
          name,
          exports: planner.nested(offset, () => makeExports(planner, item.exports, offset)),
        })
        break
      case 'type':
        if (item.kind === 'resource') {
          exports.push({ kind: 'resource', name, resource: item.resource })
        }
        break
      case 'component':
      case 'core module':
        break
    }
  }
  return exports
}
