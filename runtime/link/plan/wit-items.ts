/**
 * The lines of one interface in WIT: types with their members, resources with their methods, functions.
 *
 * @module
 */

import type { FunctionType, ValueType } from '../../abi/index.ts'
import type { FunctionItem, Item } from './item.ts'
import { escapeName, type TypeNames, type TypeOwner, type TypeWriter } from './type-names.ts'

/** `[method]bucket.get`, `[constructor]bucket`. */
const MEMBER = /^\[(?<role>[a-z ]+)\](?<resource>[^.]+)(?:\.(?<name>.+))?$/

/** `wasi:http/types@0.2.12`. */
const INTERFACE_NAME = /^(?<of>[^/@]+:[^/@]+)\/(?<name>[^@]+)(?<version>@.+)?$/

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
  const writer = names.within(inInterface)
  for (const [name, item] of items) {
    if (item.sort === 'func') {
      if (MEMBER.test(name)) continue
      const prefix = keyword === undefined ? '' : `${keyword} `
      lines.push(`${prefix}${escapeName(name)}: ${printFunction(writer, item.type.type)};`)
    } else if (item.sort === 'type') {
      lines.push(...printType(names, writer, inInterface, name, item, members.get(name) ?? []))
    } else {
      lines.push(`// ${name}: ${item.sort}`)
    }
  }
  return lines
}

/** Splits into package with version, and interface; `undefined` for a name that is not qualified. */
export function splitInterfaceName(name: string): { package: string; name: string } | undefined {
  const parts = INTERFACE_NAME.exec(name)?.groups
  if (parts === undefined) return undefined
  const { of = '', name: short = '', version = '' } = parts
  return { package: `${of}${version}`, name: escapeName(short) }
}

function printType(
  names: TypeNames,
  writer: TypeWriter,
  inInterface: string,
  name: string,
  item: Item & { readonly sort: 'type' },
  members: readonly Member[],
): string[] {
  const owner = names.owner(item)
  if (owner === undefined) return [`// type ${name}`]
  if (owner.interface !== inInterface) {
    return [
      printUse(owner, inInterface, name),
      // Methods stand where the resource is exported, also when another interface owns the name.
      ...members.map((member) => `// ${printMember(writer, member)}`),
    ]
  }
  if (owner.name !== name) return [`type ${escapeName(name)} = ${escapeName(owner.name)};`]
  if (item.kind === 'resource') return printResource(writer, name, members)
  if (item.kind !== 'value') return [`// type ${name}`]
  return printValueType(writer, name, item.type)
}

function printUse(owner: TypeOwner, inInterface: string, name: string): string {
  const renamed = owner.name === name ? '' : ` as ${escapeName(name)}`
  if (owner.interface === '') return `// use ${owner.name}${renamed} of the world`
  const parts = splitInterfaceName(owner.interface)
  // A package that names itself in full counts as depending on itself.
  const isNeighbour = parts?.package === splitInterfaceName(inInterface)?.package
  const from = parts !== undefined && isNeighbour ? parts.name : owner.interface
  return `use ${from}.{${escapeName(owner.name)}${renamed}};`
}

function printResource(writer: TypeWriter, name: string, members: readonly Member[]): string[] {
  if (members.length === 0) return [`resource ${escapeName(name)};`]
  const lines = members.map((member) => `  ${printMember(writer, member)}`)
  return [`resource ${escapeName(name)} {`, ...lines, '}']
}

function printValueType(writer: TypeWriter, name: string, type: ValueType): string[] {
  const members = writer.members(type)
  if (members.length === 0) return [`type ${escapeName(name)} = ${writer.spell(type)};`]
  return [`${type.kind} ${escapeName(name)} {`, ...members.map((member) => `  ${member},`), '}']
}

function printMember(writer: TypeWriter, { role, name, type }: Member): string {
  if (role === 'constructor') return `constructor(${printParams(writer, type.params)})${failure()};`
  const isMethod = role.endsWith('method')
  const rest = isMethod ? { ...type, params: type.params.slice(1) } : type
  const prefix = isMethod ? '' : 'static '
  return `${escapeName(name)}: ${prefix}${printFunction(writer, rest)};`

  /** A constructor has a result in WIT only when it can fail. */
  function failure(): string {
    return type.result?.kind === 'result' ? ` -> ${writer.use(type.result)}` : ''
  }
}

function printFunction(writer: TypeWriter, { params, result, async }: FunctionType): string {
  const returns = result === undefined ? '' : ` -> ${writer.use(result)}`
  return `${async ? 'async ' : ''}func(${printParams(writer, params)})${returns}`
}

function printParams(writer: TypeWriter, params: FunctionType['params']): string {
  return params.map(({ name, type }) => `${escapeName(name)}: ${writer.use(type)}`).join(', ')
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
