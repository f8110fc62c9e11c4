/**
 * The types of this repository that the declaration of a symbol names: those a reader of its documentation looks up.
 *
 * Bodies of functions, values and private members name none. What a class inherits is shown with it, and what is
 * tagged `@inline` where it is named: neither needs a door.
 *
 * @module
 */
import { SyntaxKind, type Node } from 'typescript/unstable/ast'
import { SymbolFlags, type Project, type Symbol } from 'typescript/unstable/sync'
import { declarationOf, fileOf, targetOf, type DoorExport } from './exports.ts'

export interface NamedType {
  readonly name: string
  readonly declaration: string
  readonly file: string
}

const NAMES_A_TYPE: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.TypeReference,
  SyntaxKind.ExpressionWithTypeArguments,
  SyntaxKind.TypeQuery,
])

export function namedTypes({ symbol, project }: DoorExport, root: string): NamedType[] {
  const found: NamedType[] = []
  visitSymbol(symbol, () => true)
  return found

  function visitSymbol({ declarations }: Symbol, isShown: (member: Node) => boolean): void {
    for (const handle of declarations)
      handle.resolve(project)?.forEachChild((child) => void (isShown(child) && visit(child)))
  }

  function visit(node: Node): void {
    if (isHidden(node)) return
    const named = NAMES_A_TYPE.has(node.kind) ? symbolNamedBy(project, node) : undefined
    if (named !== undefined && isOurs(named, root)) {
      if (isBaseClass(named, node)) visitSymbol(named, isInherited)
      else if (!isInline(project, named))
        found.push({ name: named.name, declaration: declarationOf(named), file: fileOf(named) })
    }
    node.forEachChild((child) => visit(child))
  }
}

function symbolNamedBy(project: Project, node: Node): Symbol | undefined {
  let name: Node | undefined
  node.forEachChild((child) => void (name ??= child))
  const found = name && project.checker.getSymbolAtLocation(name)
  if (found === undefined) return undefined
  const symbol = targetOf(project, found)
  return symbol.flags & SymbolFlags.TypeParameter ? undefined : symbol
}

function isOurs({ declarations }: Symbol, root: string): boolean {
  const path = declarations[0]?.path ?? ''
  return path.startsWith(root) && !path.includes('/node_modules/')
}

function isBaseClass({ flags }: Symbol, node: Node): boolean {
  return (flags & SymbolFlags.Class) !== 0 && node.parent.kind === SyntaxKind.HeritageClause
}

function isInherited({ kind }: Node): boolean {
  return kind !== SyntaxKind.Constructor
}

function isInline({ checker }: Project, symbol: Symbol): boolean {
  return checker.getJsDocTagsOfSymbol(symbol).some(({ name }) => name === 'inline')
}

/** Whether no documentation shows what stands here. */
function isHidden(node: Node): boolean {
  switch (node.kind) {
    case SyntaxKind.Block:
    case SyntaxKind.ObjectLiteralExpression:
    case SyntaxKind.ArrayLiteralExpression:
    case SyntaxKind.ArrowFunction:
    case SyntaxKind.CallExpression:
      return true
    case SyntaxKind.PropertyDeclaration:
    case SyntaxKind.MethodDeclaration:
    case SyntaxKind.GetAccessor:
      return isPrivate(node)
    default:
      return false
  }
}

function isPrivate(member: Node): boolean {
  let found = false
  member.forEachChild((child) => void (found ||= child.kind === SyntaxKind.PrivateIdentifier))
  return found
}
