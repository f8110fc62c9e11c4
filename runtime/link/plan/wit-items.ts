/**
 * The lines of one interface in WIT: types with their members, resources with their methods, functions.
 *
 * @module
 */

import type { FunctionType, ValueType } from '../../abi/types.ts'
import type { FunctionItem, Item } from './item.ts'
import { escapeName, type TypeNames } from './type-names.ts'

/** `[method]bucket.get`, `[constructor]bucket`. */
const MEMBER = /^\[(?<role>[a-z ]+)\](?<resource>[^.]+)(?:\.(?<name>.+))?$/

interface Member {
  readonly role: string
  readonly name: string
  readonly type: FunctionType
}

/** `keyword` stands before functions of the world itself. */
export function printItems(
  names: TypeNames,
  inInterface: string,
  items: ReadonlyMap<string, Item>,
  keyword?: string,
): string[] {
  const lines: string[] = []
  const members = groupMembers(items)
  for (const [name, item] of items) {
    if (item.sort === 'func') {
      if (MEMBER.test(name)) continue
      const prefix = keyword === undefined ? '' : `${keyword} `
      lines.push(`${prefix}${escapeName(name)}: ${printFunction(names, item.type.type)};`)
    } else if (item.sort === 'type') {
      lines.push(...printType(names, inInterface, name, item, members.get(name) ?? []))
    } else {
      lines.push(`// ${name}: ${item.sort}`)
    }
  }
  return lines
}

function printType(
  names: TypeNames,
  inInterface: string,
  name: string,
  item: Item & { readonly sort: 'type' },
  members: readonly Member[],
): string[] {
  const owner = names.owner(item)
  if (owner === undefined) return [`// type ${name}`]
  if (owner.interface !== inInterface) {
    const renamed = owner.name === name ? '' : ` as ${escapeName(name)}`
    const from = owner.interface === '' ? 'the world' : owner.interface
    return [
      ...(owner.interface === ''
        ? [`// use ${owner.name}${renamed} of ${from}`]
        : [`use ${from}.{${escapeName(owner.name)}${renamed}};`]),
      // Methods stand where the resource is exported, also when another interface owns the name.
      ...members.map((member) => `// ${printMember(names, member)}`),
    ]
  }
  if (owner.name !== name) return [`type ${escapeName(name)} = ${escapeName(owner.name)};`]
  if (item.kind === 'resource') return printResource(names, name, members)
  if (item.kind !== 'value') return [`// type ${name}`]
  if (item.unsupported !== undefined) return [`// type ${name}: ${item.unsupported}`]
  return printValueType(names, name, item.type)
}

function printResource(names: TypeNames, name: string, members: readonly Member[]): string[] {
  if (members.length === 0) return [`resource ${escapeName(name)};`]
  const lines = members.map((member) => `  ${printMember(names, member)}`)
  return [`resource ${escapeName(name)} {`, ...lines, '}']
}

function printValueType(names: TypeNames, name: string, type: ValueType): string[] {
  const members = names.members(type)
  if (members.length === 0) return [`type ${escapeName(name)} = ${names.spell(type)};`]
  return [`${type.kind} ${escapeName(name)} {`, ...members.map((member) => `  ${member},`), '}']
}

function printMember(names: TypeNames, { role, name, type }: Member): string {
  if (role === 'constructor') return `constructor(${printParams(names, type.params)})${failure()};`
  const isMethod = role.endsWith('method')
  const rest = isMethod ? { ...type, params: type.params.slice(1) } : type
  const prefix = isMethod ? '' : 'static '
  return `${escapeName(name)}: ${prefix}${printFunction(names, rest)};`

  /** A constructor says what it returns only when it can fail. */
  function failure(): string {
    return type.result?.kind === 'result' ? ` -> ${names.use(type.result)}` : ''
  }
}

function printFunction(names: TypeNames, { params, result, async }: FunctionType): string {
  const returns = result === undefined ? '' : ` -> ${names.use(result)}`
  return `${async ? 'async ' : ''}func(${printParams(names, params)})${returns}`
}

function printParams(names: TypeNames, params: FunctionType['params']): string {
  return params.map(({ name, type }) => `${escapeName(name)}: ${names.use(type)}`).join(', ')
}

function groupMembers(items: ReadonlyMap<string, Item>): ReadonlyMap<string, readonly Member[]> {
  const groups = new Map<string, Member[]>()
  for (const [key, item] of items) {
    const groupsOf = item.sort === 'func' ? MEMBER.exec(key)?.groups : undefined
    if (groupsOf === undefined) continue
    const { role = '', resource = '', name = '' } = groupsOf
    const group = groups.get(resource) ?? []
    groups.set(resource, group)
    group.push({ role, name, type: (item as FunctionItem).type.type })
  }
  return groups
}
