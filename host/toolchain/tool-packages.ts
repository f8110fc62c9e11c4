/**
 * The compilers that builds use: packages that come with Mayfly, and optional peers, which the user of an engine installs.
 *
 * package.json pins the version of each, because equal sources have to become equal bytes: digests and signatures rest on
 * them. So a peer of another version counts as one that is not there.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MayflyError } from '../../runtime/errors/index.ts'
import { findPackage, PACKAGE_DIRECTORY } from './package-files.ts'

/** What package.json says of packages: a version, exactly, by name. */
interface Pinned {
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

/**
 * Refuses work that needs a peer which is not installed, before it begins.
 *
 * @param work - what cannot be done without, as it stands after "Cannot"
 * @param names - packages; those that are no peers come with Mayfly
 * @param from - a file or a `file:` URL beside which they are looked for
 * @throws {MayflyError} ERR_BUILD_FAILED naming all that are missing, with the command that installs them
 */
export function requirePeers(work: string, names: readonly string[], from?: string): void {
  const missing = missingPeers(names, from)
  if (missing.length === 0) return
  throw new MayflyError(
    'ERR_BUILD_FAILED',
    `Cannot ${work}: not installed: ${missing.join(', ')}`,
    {
      hint: installCommand(missing),
      facts: { packages: missing.join(' ') },
    },
  )
}

/** The peers among `names` that are not installed, each with its version, as npm takes it: `binaryen@130.0.0`. */
export function missingPeers(names: readonly string[], from?: string): string[] {
  const { peerDependencies } = pinned()
  return names.flatMap((name) => {
    const version = peerDependencies[name]
    if (version === undefined || installedVersion(name, from) === version) return []
    return [`${name}@${version}`]
  })
}

/** The command that installs `packages`, each a name with a version. */
export function installCommand(packages: readonly string[]): string {
  return `npm i -D ${packages.join(' ')}`
}

/** Versions of all peers, by name. */
export function peerVersions(): Readonly<Record<string, string>> {
  return pinned().peerDependencies
}

/** `names` with the versions that package.json pins, as npm takes them. */
export function pinnedPackages(names: readonly string[]): string[] {
  const { dependencies, peerDependencies } = pinned()
  return names.map((name) => {
    const version = dependencies[name] ?? peerDependencies[name]
    if (version === undefined) throw new TypeError(`Cannot use package "${name}": not pinned`)
    return `${name}@${version}`
  })
}

let read: Pinned | undefined

function pinned(): Pinned {
  // The cast: the file is a part of this package.
  return (read ??= JSON.parse(
    readFileSync(join(PACKAGE_DIRECTORY, 'package.json'), 'utf8'),
  ) as Pinned)
}

function installedVersion(name: string, from?: string): string | undefined {
  const manifest = findPackage(name, from)
  if (manifest === undefined) return undefined
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string }
  return version
}
