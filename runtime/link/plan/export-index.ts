/**
 * Finds exports by the names people write: with or without version, in WIT's case or JavaScript's.
 *
 * @module
 */

import { camelCase } from '../../abi/index.ts'
import { MayflyError } from '../../errors/index.ts'
import type { Export } from './link-plan.ts'

/** An exported function of a plan. */
export type FunctionExport = Extract<Export, { kind: 'func' }>
/** An exported resource of a plan. */
export type ResourceExport = Extract<Export, { kind: 'resource' }>

/** The exports of a plan by every name that finds them. */
export class ExportIndex {
  readonly functions: ReadonlyMap<string, FunctionExport>
  readonly resources: ReadonlyMap<string, ResourceExport>
  /** As the component names them, each once. */
  readonly names: readonly string[]

  constructor(
    functions: ReadonlyMap<string, FunctionExport>,
    resources: ReadonlyMap<string, ResourceExport>,
    names: readonly string[],
  ) {
    this.functions = functions
    this.resources = resources
    this.names = names
  }

  /** The first name each lifted function is exported under. */
  liftNames(): Map<number, string> {
    const names = new Map<number, string>()
    for (const name of this.names) {
      const target = this.functions.get(name)?.target
      if (target?.kind === 'lift' && !names.has(target.index)) names.set(target.index, name)
    }
    return names
  }
}

/**
 * Indexes `exports`, those of exported instances included. A name of the component comes before an alias, a newer
 * version before an older.
 */
export function indexExports(exports: readonly Export[]): ExportIndex {
  const functions = new Map<string, FunctionExport>()
  const resources = new Map<string, ResourceExport>()
  const names: string[] = []
  const aliases: [alias: string, of: FunctionExport | ResourceExport][] = []

  walk(exports, '')
  // An alias never hides a name of the component, nor a newer version's alias: those came first.
  aliases.sort(([, left], [, right]) =>
    left.kind === right.kind ? 0 : left.kind === 'func' ? -1 : 1,
  )
  for (const [alias, each] of aliases) {
    if (each.kind === 'func') {
      if (!functions.has(alias)) functions.set(alias, each)
    } else if (!resources.has(alias)) resources.set(alias, each)
  }
  return new ExportIndex(functions, resources, names)

  function walk(members: readonly Export[], prefix: string): void {
    for (const member of [...members].sort(newestFirst)) {
      if (member.kind === 'instance') {
        walk(member.exports, `${prefix}${member.name}#`)
        continue
      }
      const name = prefix + member.name
      if (member.kind === 'func') {
        functions.set(name, member)
        names.push(name)
      } else resources.set(name, member)
      const unversioned = prefix.replace(/@[^#]*#/g, '#')
      aliases.push([unversioned + member.name, member])
      if (!member.name.startsWith('[')) {
        aliases.push([prefix + camelCase(member.name), member])
        aliases.push([unversioned + camelCase(member.name), member])
      }
    }
  }
}

const byNumber = new Intl.Collator('en', { numeric: true })

function newestFirst(left: Export, right: Export): number {
  return byNumber.compare(right.name, left.name)
}

/** The error of a caller that asks for an export which the component lacks. */
export function exportMissing(
  kind: 'function' | 'resource',
  name: string,
  known: readonly string[],
): MayflyError {
  return new MayflyError(
    'ERR_EXPORT_MISSING',
    `Cannot find exported ${kind} "${name}": not exported`,
    {
      hint: known.length > 0 ? `It exports ${known.join(', ')}` : 'It exports none',
      facts: { export: name },
    },
  )
}
