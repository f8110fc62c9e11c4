/**
 * Decides which files a build may read: files in its root, and files of packages that Node finds from there.
 *
 * The author of the agent wrote everything in the root, links included, so only the place that a path leads to
 * counts. The folders above belong to the user who builds, so a package in a `node_modules` there may be a link to
 * any place.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ENGINE_DIRECTORY, GUEST_DIRECTORY, nodePackages } from '../package-files.ts'
import { toShown } from '../shown-path.ts'
import { isInside, realPath, withParents } from './real-path.ts'

// Not `.cache` or `.package-lock.json`: tools keep files there that are not packages.
const PACKAGE_FILE =
  /^[\\/](?:\.[^\\/]+[\\/].*[\\/]node_modules[\\/])?(?:@[^\\/]+[\\/])?[^\\/.@][^\\/]*[\\/]/

// Where a host keeps secrets, their key and the data of agents, unless its operator names another directory.
const DATA_DIRECTORY = /[\\/]\.mayfly[\\/]data(?:[\\/]|$)/

export class Fence {
  /** Real path. */
  readonly root: string
  readonly #folders: readonly string[]
  /** `node_modules` above the root. */
  readonly #modules: readonly string[]
  readonly #asked: Set<string>

  /**
   * @param folders - further folders whose files may be read
   * @param asked - takes the paths it is asked about
   */
  constructor(
    root: string,
    folders: readonly string[] = [GUEST_DIRECTORY, ENGINE_DIRECTORY],
    asked: Set<string> = new Set(),
  ) {
    this.root = realPath(root)
    this.#asked = asked
    this.#folders = [this.root, ...folders.map(realPath)]
    this.#modules = withParents(dirname(this.root))
      .filter((folder) => folder !== this.root)
      .map((folder) => join(folder, 'node_modules'))
  }

  /** The same fence with more room. */
  with(folders: readonly string[]): Fence {
    return new Fence(this.root, [...this.#folders, ...folders], this.#asked)
  }

  /** Absolute paths that it was asked about: the files read, also by a build that fails. */
  get asked(): readonly string[] {
    return [...this.#asked]
  }

  /** Adds `paths` to those it was asked about: they would be read if they were there. */
  note(paths: readonly string[]): void {
    for (const path of paths) this.#asked.add(path)
  }

  /** Why a build may not read `path`; `undefined` when it may, or when nothing is there. */
  refusal(path: string): string | undefined {
    this.#asked.add(resolve(path))
    const real = realPath(path)
    const stats = statSync(real, { throwIfNoEntry: false })
    if (stats === undefined) return undefined
    if (!this.#contains(real)) {
      const outside = `outside of the root of the build, "${this.root}"`
      return real === path ? outside : `it leads to "${real}", ${outside}`
    }
    // The author of an agent does not get what other agents have.
    if (DATA_DIRECTORY.test(real)) return 'it belongs to the data of a host'
    // A pipe or a device may have no end.
    return stats.isFile() || stats.isDirectory() ? undefined : 'neither a file nor a folder'
  }

  /** The refusal as a sentence. */
  problem(path: string): string | undefined {
    const refusal = this.refusal(path)
    return refusal === undefined ? undefined : `Cannot read "${toShown(path)}": ${refusal}`
  }

  allows(path: string): boolean {
    return this.refusal(path) === undefined
  }

  #contains(real: string): boolean {
    return (
      this.#folders.some((folder) => isInside(folder, real)) ||
      this.#modules.some((folder) => isOfPackageIn(folder, real)) ||
      withParents(dirname(real)).some((folder) => this.#isLinked(folder)) ||
      nodePackages().some((folder) => isInside(folder, real))
    )
  }

  /** Whether `folder` is a package that a `node_modules` above the root links to. */
  #isLinked(folder: string): boolean {
    const name = packageName(folder)
    return (
      name !== undefined &&
      this.#modules.some((modules) => realPath(join(modules, name)) === folder)
    )
  }
}

/** The remedy for a refusal. */
export const FENCE_HINT: string =
  'A build reads its root and the packages in node_modules. Move the file there, or widen the root with --root DIR'

function isOfPackageIn(modules: string, real: string): boolean {
  const folder = realPath(modules)
  return isInside(folder, real) && PACKAGE_FILE.test(real.slice(folder.length))
}

function packageName(folder: string): string | undefined {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8')
    const description: unknown = JSON.parse(text)
    if (typeof description !== 'object' || description === null) return undefined
    const { name } = description as { name?: unknown }
    // A name that leads elsewhere is none.
    return typeof name === 'string' && /^(@[^/.][^/]*\/)?[^/.][^/]*$/.test(name) ? name : undefined
  } catch {
    return undefined
  }
}
