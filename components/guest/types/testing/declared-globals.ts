/** The globals that declaration files declare, by the compiler. @module */
import { basename, dirname, join, relative } from 'node:path'
import { API, type Project, type Type } from 'typescript/unstable/sync'
import {
  isFunctionDeclaration,
  isModuleDeclaration,
  isVariableStatement,
  type Identifier,
  type Node,
} from 'typescript/unstable/ast'

/** Names of a global's properties, and of what its instances have. */
export interface Members {
  readonly statics: readonly string[]
  readonly members: readonly string[]
}

/** The globals of the declaration files beside `folder` that `config` in it leads to, by name. */
export function declaredGlobals(folder: string, config: string): Map<string, Members> {
  return globalsIn(join(folder, config), (file) => dirname(file) === dirname(folder))
}

/** The globals of the language, as the compiler has them for the project. */
export function languageGlobals(folder: string, config: string): Map<string, Members> {
  return globalsIn(join(folder, config), (file) => /^lib\.[\w.]*d\.ts$/.test(basename(file)))
}

function globalsIn(config: string, isWanted: (file: string) => boolean): Map<string, Members> {
  return withProject(config, (project) => {
    const files = project.program.getSourceFileNames().filter(isWanted)
    const names = files.flatMap((name) => project.program.getSourceFile(name)?.statements ?? [])
    return new Map(
      names
        .flatMap(namesIn)
        .map((identifier) => [identifier.text, membersOf(project, identifier)] as const),
    )
  })
}

/** What the compiler says about the project, a line each. */
export function problemsOf(folder: string, config: string): string[] {
  return withProject(join(folder, config), ({ program }) =>
    [
      ...program.getConfigFileParsingDiagnostics(),
      ...program.getSyntacticDiagnostics(),
      ...program.getGlobalDiagnostics(),
      ...program.getSemanticDiagnostics(),
    ].map(({ fileName, pos, text }) => `${relative(folder, fileName ?? '')}:${pos}: ${text}`),
  )
}

function withProject<Result>(config: string, use: (project: Project) => Result): Result {
  const api = new API({ cwd: dirname(config) })
  try {
    const [project] = api.updateSnapshot({ openProjects: [config] }).getProjects()
    if (project === undefined) throw new Error(`Cannot open "${config}": no project`)
    return use(project)
  } finally {
    api.close()
  }
}

function namesIn(statement: Node): Identifier[] {
  if (isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name as Identifier)
  if (isFunctionDeclaration(statement)) return statement.name === undefined ? [] : [statement.name]
  // `declare global` of a library is none.
  if (isModuleDeclaration(statement))
    return [statement.name as Identifier].filter(({ text }) => text !== 'global')
  return []
}

function membersOf({ checker }: Project, identifier: Identifier): Members {
  const symbol = checker.getSymbolAtLocation(identifier)
  const type = symbol && checker.getTypeOfSymbol(symbol)
  if (symbol === undefined || type === undefined || identifier.text === 'self')
    return { statics: [], members: [] }
  const statics = namesOf(type)
  const prototype = checker.getPropertyOfType(type, 'prototype')
  const instance = prototype && checker.getTypeOfSymbol(prototype)
  return {
    statics: statics.filter((name) => name !== 'prototype'),
    members: instance === undefined ? [] : namesOf(instance),
  }

  function namesOf(of: Type): string[] {
    return checker
      .getPropertiesOfType(of)
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('__@') && !name.startsWith('\u00fe@'))
  }
}
