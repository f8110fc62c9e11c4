/**
 * Prints the world of a component as WIT, for people.
 *
 * A component keeps the names of the types its interfaces export, and they are used wherever the type occurs.
 * What WIT cannot say without a name (a record inside a list, never exported) is printed as a comment-free
 * sketch such as `record { … }`: right, readable, and not meant to be parsed again.
 *
 * @module
 */

import type { Component } from '../binary/index.ts'
import { linkSymbolically } from './make-plan.ts'
import type { Item } from './plan/item.ts'
import { TypeNames } from './plan/type-names.ts'
import { printItems } from './plan/wit-items.ts'

/**
 * Returns the imports and exports of `component`, which was decoded from `bytes`.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED with the offset, ERR_COMPONENT_UNSUPPORTED
 */
export function planToWit(component: Component, bytes: Uint8Array): string {
  const { outcome } = linkSymbolically(component, bytes)
  const names = new TypeNames()
  for (const items of [outcome.imports, outcome.exports]) nameTypes(names, items)
  const lines = [
    'world component {',
    ...printWorld(names, 'import', outcome.imports),
    ...printWorld(names, 'export', outcome.exports),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

function nameTypes(names: TypeNames, items: ReadonlyMap<string, Item>): void {
  for (const [name, item] of items) {
    if (item.sort !== 'instance') continue
    for (const [member, type] of item.exports) names.add(name, member, type)
  }
  for (const [name, item] of items) names.add('', name, item)
}

function printWorld(
  names: TypeNames,
  keyword: 'import' | 'export',
  items: ReadonlyMap<string, Item>,
): string[] {
  const lines: string[] = []
  const loose = new Map<string, Item>()
  for (const [name, item] of items) {
    if (item.sort === 'instance') {
      lines.push(`  ${keyword} ${name}: interface {`)
      lines.push(...printItems(names, name, item.exports).map((line) => `    ${line}`))
      lines.push('  }')
    } else if (item.sort === 'func' || item.sort === 'type') {
      loose.set(name, item)
    } else {
      lines.push(`  // ${keyword} ${name}: ${item.sort}`)
    }
  }
  return [...printItems(names, '', loose, keyword).map((line) => `  ${line}`), ...lines]
}
