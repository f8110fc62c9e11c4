/** The exports of a door. @module */
import { relative } from 'node:path'
import { SymbolFlags, type Project, type Symbol } from 'typescript/unstable/sync'

export interface DoorExport {
  /** As the door names it. */
  readonly name: string
  readonly kind: 'class' | 'function' | 'value' | 'type'
  /** Where it is declared. Two exports of one declaration are the same symbol. */
  readonly declaration: string
  /** From the folder of the check's caller. */
  readonly file: string
  /** Whether a docstring stands where it is declared. */
  readonly hasDocstring: boolean
  readonly symbol: Symbol
  readonly project: Project
}

/** @throws {TypeError} when no project has the file */
export function exportsOf(projects: readonly Project[], path: string): DoorExport[] {
  for (const project of projects) {
    const { checker, program } = project
    const file = program.getSourceFile(path)
    const module_ = file && checker.getSymbolAtLocation(file)
    if (module_ === undefined) continue
    return checker.getExportsOfModule(module_).map((exported) => {
      const symbol = targetOf(project, exported)
      return {
        name: exported.name,
        kind: kindOf(symbol),
        declaration: declarationOf(symbol),
        file: fileOf(symbol),
        hasDocstring: hasDocstring(project, symbol),
        symbol,
        project,
      }
    })
  }
  throw new TypeError(`Cannot read door "${path}": in no project`)
}

/** Returns the symbol that an import or export leads to. */
export function targetOf({ checker }: Project, symbol: Symbol): Symbol {
  return symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

/** A name for the place where a symbol is declared. */
export function declarationOf(symbol: Symbol): string {
  return `${symbol.declarations[0]?.path ?? ''} ${symbol.name}`
}

export function fileOf(symbol: Symbol): string {
  return relative(process.cwd(), symbol.declarations[0]?.path ?? '')
}

/** The header of a file, which is tagged `@module`, is none of the declaration that follows it. */
function hasDocstring({ checker }: Project, symbol: Symbol): boolean {
  if (checker.getDocumentationCommentOfSymbol(symbol) === '') return false
  return checker.getJsDocTagsOfSymbol(symbol).every(({ name }) => name !== 'module')
}

function kindOf({ flags }: Symbol): DoorExport['kind'] {
  if (flags & SymbolFlags.Class) return 'class'
  if (flags & SymbolFlags.Function) return 'function'
  return flags & SymbolFlags.Value ? 'value' : 'type'
}
