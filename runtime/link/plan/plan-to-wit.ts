/**
 * Prints the world of a component as WIT.
 *
 * A component keeps the names of the types its interfaces export, so the output can be parsed again. An
 * interface that is imported and exported is printed once. Documentation is not in the binary's types.
 *
 * @module
 */

import type { Component } from '../../binary/index.ts'
import { linkSymbolically } from './make-plan.ts'
import type { InstanceItem, Item } from './item.ts'
import { TypeNames } from './type-names.ts'
import { printItems, splitInterfaceName } from './wit-items.ts'

/** Items of each interface, by its name. */
type Interfaces = Map<string, InstanceItem>

/**
 * Returns the imports and exports of `component`, which was decoded from `bytes`.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED with the offset, ERR_COMPONENT_UNSUPPORTED
 */
export function planToWit(component: Component, bytes: Uint8Array): string {
  const { outcome } = linkSymbolically(component, bytes)
  const { imports, exports } = outcome
  const names = new TypeNames()
  const packages = new Map<string, Interfaces>()
  for (const items of [imports, exports]) {
    nameTypes(names, items)
    collectInterfaces(packages, items)
  }
  const blocks = [
    'package root:component;',
    block('world root', [
      ...printWorld(names, 'import', imports),
      ...printWorld(names, 'export', exports),
    ]),
    ...[...packages].map(([name, interfaces]) => printPackage(names, name, interfaces)),
  ]
  return `${blocks.join('\n\n')}\n`
}

function nameTypes(names: TypeNames, items: ReadonlyMap<string, Item>): void {
  for (const [name, item] of items) {
    if (item.sort !== 'instance') continue
    for (const [member, type] of item.exports) names.add(name, member, type)
  }
  for (const [name, item] of items) names.add('', name, item)
}

function collectInterfaces(
  packages: Map<string, Interfaces>,
  items: ReadonlyMap<string, Item>,
): void {
  for (const [name, item] of items) {
    const parts = splitInterfaceName(name)
    if (item.sort !== 'instance' || parts === undefined) continue
    const interfaces: Interfaces = packages.get(parts.package) ?? new Map()
    packages.set(parts.package, interfaces)
    if (!interfaces.has(name)) interfaces.set(name, item)
  }
}

/** Types and functions of the world itself, and its interfaces by name. */
function printWorld(
  names: TypeNames,
  keyword: 'import' | 'export',
  items: ReadonlyMap<string, Item>,
): string[] {
  const lines: string[] = []
  const loose = new Map<string, Item>()
  for (const [name, item] of items) {
    if (item.sort === 'func' || item.sort === 'type') loose.set(name, item)
    else if (item.sort !== 'instance') lines.push(`// ${keyword} ${name}: ${item.sort}`)
    else if (splitInterfaceName(name) !== undefined) lines.push(`${keyword} ${name};`)
    else {
      const header = `${keyword} ${name}: interface`
      lines.push(...block(header, printItems(names, name, item.exports)).split('\n'))
    }
  }
  return [...lines, ...printItems(names, '', loose, keyword)]
}

function printPackage(names: TypeNames, name: string, interfaces: Interfaces): string {
  const printed = [...interfaces].map(([key, { exports }]) => {
    const short = splitInterfaceName(key)?.name ?? key
    return block(`interface ${short}`, printItems(names, key, exports))
  })
  return block(`package ${name}`, printed.join('\n\n').split('\n'))
}

function block(header: string, lines: readonly string[]): string {
  const indented = lines.map((line) => (line === '' ? line : `  ${line}`))
  return [`${header} {`, ...indented, '}'].join('\n')
}
