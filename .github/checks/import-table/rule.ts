/**
 * One row of the import table, and which row a file is under.
 *
 * @module
 */

/** The imports that the files of one folder may have. */
export interface Rule {
  /** Path of the folder or file that imports; `*` stands for one name. The longest that fits a file holds for it. */
  readonly folder: string
  /** Folders and files it may import, `*` as above. Its own folder it may import anyway. */
  readonly may: readonly string[]
  /**
   * Says that the folders which the last `*` of `folder` stands for are siblings: none imports another, but the ones
   * named here. The key is the name of the sibling that imports, `*` for each.
   */
  readonly siblings?: Readonly<Record<string, readonly string[]>>
  /**
   * Whether files beside those folders are siblings too, each by its name without `.ts`.
   *
   * @default false
   */
  readonly hasFiles?: boolean
  /**
   * Packages it may import, by name: `hono` allows `hono/body-limit` as well. A name that ends in `:` or `/` stands
   * for all that begin with it.
   *
   * @default []
   */
  readonly packages?: readonly string[]
}

/** The rule of a file; nothing where no rule names its folder. */
export function ruleFor(rules: readonly Rule[], file: string): Rule | undefined {
  return rules
    .filter(({ folder }) => isIn(folder, file))
    .toSorted((a, b) => b.folder.length - a.folder.length)[0]
}

/** Whether `path` is the file or folder that `folder` names, or lies in it. */
export function isIn(folder: string, path: string): boolean {
  const own = path.split('/')
  return folder
    .split('/')
    .every((name, index) => (name === '*' ? own[index] !== undefined : name === own[index]))
}

/** Returns the folder of a rule, with the names of `file` in place of each `*`. */
export function ownFolder({ folder }: Rule, file: string): string {
  const names = file.split('/')
  return folder
    .split('/')
    .map((name, index) => (name === '*' ? names[index] : name))
    .join('/')
}

/** The folder that the siblings of a rule lie in. */
export function collectionOf({ folder }: Rule): string {
  return folder.slice(0, folder.lastIndexOf('/'))
}

/** The name of the sibling that a file lies in, or is; nothing for a file beside the siblings. */
export function siblingOf(rule: Rule, file: string): string | undefined {
  const depth = rule.folder.split('/').length
  const names = file.split('/')
  if (!isIn(rule.folder, file)) return undefined
  const name = names[depth - 1]
  if (names.length > depth) return name
  return rule.hasFiles === true ? name?.replace(/\.ts$/, '') : undefined
}
