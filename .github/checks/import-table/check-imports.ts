/**
 * Compares the imports of files with the rules, and the rules with the imports: an allowance that no file uses is a
 * problem too, because it describes code that does not exist.
 *
 * @module
 */
import { dirname, join, normalize } from 'node:path'
import { collectionOf, isIn, ownFolder, ruleFor, siblingOf, type Rule } from './rule.ts'

const IMPORT =
  /^\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/gm

/**
 * @param rules - the import table
 * @param files - source text by path from the root of the package, with `/`
 * @returns a line for each problem; none when all is well
 */
export function checkImports(
  rules: readonly Rule[],
  files: Iterable<readonly [path: string, text: string]>,
): string[] {
  const problems: string[] = []
  const used = new Set<string>()
  for (const [file, text] of files) {
    const rule = ruleFor(rules, file)
    if (rule === undefined) {
      problems.push(`${file}: no rule of the import table names its folder`)
      continue
    }
    for (const match of text.matchAll(IMPORT)) {
      const specifier = match[1] ?? match[2] ?? match[3] ?? ''
      const allowances = specifier.startsWith('.')
        ? allowancesOfFile(rule, file, normalize(join(dirname(file), specifier)))
        : allowancesOfPackage(rule, specifier)
      if (typeof allowances === 'string') problems.push(`${file}: ${allowances}`)
      else for (const each of allowances) used.add(each)
    }
  }
  const unused = rules.flatMap(allowancesOf).filter((each) => !used.has(each))
  return [...problems, ...unused.map((each) => `import table: ${each}, which no file does`)]
}

/** The allowances by which a file may import another; a problem where there is none. */
function allowancesOfFile(rule: Rule, file: string, target: string): readonly string[] | string {
  if (rule.siblings !== undefined) {
    const importer = siblingOf(rule, file)
    const imported = siblingOf(rule, target)
    if (importer !== undefined && imported !== undefined && importer !== imported) {
      const known = ['*', importer].filter((by) => rule.siblings?.[by]?.includes(imported))
      return known.length > 0
        ? known.map((by) => bySibling(rule, by, imported))
        : `imports its sibling ${target}; lift what both need`
    }
    const collection = collectionOf(rule)
    if (importer !== undefined && target === `${collection}/index.ts`)
      return `imports ${target}, the door to all its siblings`
    if (isIn(collection, target)) return []
  }
  const fitting = rule.may.filter((each) => isIn(each, target))
  if (fitting.length > 0) return fitting.map((each) => byFolder(rule, each))
  if (isIn(ownFolder(rule, file), target)) return []
  return `imports ${target}; ${rule.folder} may import ${rule.may.join(', ') || 'nothing'}`
}

function allowancesOfPackage(rule: Rule, specifier: string): readonly string[] | string {
  const fitting = (rule.packages ?? []).filter((name) =>
    /[:/]$/.test(name)
      ? specifier.startsWith(name)
      : specifier === name || specifier.startsWith(`${name}/`),
  )
  return fitting.length > 0
    ? fitting.map((name) => byPackage(rule, name))
    : `imports package ${specifier}; ${rule.folder} may not`
}

function allowancesOf(rule: Rule): string[] {
  const siblings = Object.entries(rule.siblings ?? {})
  return [
    ...rule.may.map((each) => byFolder(rule, each)),
    ...siblings.flatMap(([by, names]) => names.map((name) => bySibling(rule, by, name))),
    ...(rule.packages ?? []).map((name) => byPackage(rule, name)),
  ]
}

function byFolder({ folder }: Rule, target: string): string {
  return `${folder} may import ${target}`
}

function bySibling(rule: Rule, importer: string, imported: string): string {
  const collection = collectionOf(rule)
  return `${collection}/${importer} may import its sibling ${imported}`
}

function byPackage({ folder }: Rule, name: string): string {
  return `${folder} may import package ${name}`
}
