/**
 * Writes a new agent into a folder that is not there yet, or is empty.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { MayflyError } from '../../../../runtime/errors/index.ts'
import { AGENT_NAME } from '../../../../runtime/manifest/index.ts'
import { missingPeers, PACKAGE_DIRECTORY, peerVersions } from '../../../toolchain/index.ts'
import { refreshTypes } from '../../agent-types.ts'
import { hasGrantTypes, readTemplate, type Template } from './template.ts'

export interface CreateAgentOptions {
  /** Folder to make; its last part is the name of the agent. */
  path: string
  /** @default 'typescript' */
  template?: Template
}

export interface CreatedAgent {
  /** Absolute. */
  readonly directory: string
  /** Names of the files written. */
  readonly files: readonly string[]
  /** Packages that the source imports and the package around it has not, as `npm install` takes them. */
  readonly missing: readonly string[]
  /** The same of the compilers that a build of it needs. */
  readonly missingCompilers: readonly string[]
}

const SCHEMA_FILE = 'runtime/manifest/agent.schema.json'

/**
 * Makes a working agent.
 *
 * @throws {MayflyError} ERR_USAGE when the name does not fit or the folder has something in it
 */
export async function createAgent({
  path,
  template = 'typescript',
}: CreateAgentOptions): Promise<CreatedAgent> {
  const directory = resolve(path)
  const name = basename(directory)
  if (!AGENT_NAME.test(name)) {
    throw new MayflyError('ERR_USAGE', `Cannot name an agent "${name}": not in kebab-case`, {
      hint: 'Use lower-case letters, digits and single dashes, such as hello-world',
    })
  }
  await refuseOccupied(directory)
  const around = packageAround(dirname(directory))
  const isInPackage = around !== undefined
  const files = await readTemplate(template, {
    name,
    schema: schemaPath(directory, around),
    mayfly: await dependency(),
    peers: peerVersions(),
  })
  // Inside a package the agent is a part of it; alone it needs one, to be able to import Mayfly.
  const wanted = files.filter((file) => file.name !== 'package.json' || !isInPackage)
  await mkdir(directory, { recursive: true })
  // `wx`: a file that appeared since the check is not overwritten.
  await Promise.all(
    wanted.map(async ({ name: path, text }) => {
      const file = join(directory, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text, { flag: 'wx' })
    }),
  )
  const types = hasGrantTypes(template) ? [basename(refreshTypes(directory).file)] : []
  const own = files.find((file) => file.name === 'package.json')?.text ?? '{}'
  const { dependencies = {}, devDependencies = {} } = JSON.parse(own) as PackageJson
  return {
    directory,
    files: [...wanted.map((file) => file.name), ...types],
    missing: isInPackage ? missingPackages(dependencies, directory) : [],
    missingCompilers: isInPackage ? missingPeers(Object.keys(devDependencies)) : [],
  }
}

interface PackageJson {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function missingPackages(
  dependencies: Readonly<Record<string, string>>,
  directory: string,
): string[] {
  return Object.entries(dependencies)
    .filter(([name]) => folderWith(name, directory) === undefined)
    .map(([name, range]) => `${name}@${range}`)
}

/** The nearest folder from `start` upwards in whose node_modules the package `name` is. */
function folderWith(name: string, start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules', name))) return folder
    if (dirname(folder) === folder) return undefined
  }
}

async function refuseOccupied(directory: string): Promise<void> {
  let names: string[]
  try {
    names = await readdir(directory)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw new MayflyError('ERR_USAGE', `Cannot make folder "${directory}": something is there`, {
      cause: error,
      hint: 'Choose another name',
    })
  }
  if (names.length === 0) return
  throw new MayflyError('ERR_USAGE', `Cannot make an agent in "${directory}": not empty`, {
    hint: 'Choose another name, or empty the folder',
  })
}

/** The nearest folder from `start` upwards with a package.json. */
function packageAround(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (dirname(folder) === folder) return undefined
  }
}

/** The schema in the package that the agent finds, or in that which an install brings. */
function schemaPath(directory: string, around: string | undefined): string {
  const isInMayfly = directory.startsWith(PACKAGE_DIRECTORY + sep)
  const owner = folderWith('mayfly', directory) ?? around ?? directory
  const package_ = isInMayfly ? PACKAGE_DIRECTORY : join(owner, 'node_modules', 'mayfly')
  const path = relative(directory, join(package_, SCHEMA_FILE)).split(sep).join('/')
  return path.startsWith('.') ? path : `./${path}`
}

/** This version or, where it came from no registry, the file or folder that it came from. */
async function dependency(): Promise<string> {
  const folders = PACKAGE_DIRECTORY.split(sep)
  const at = folders.lastIndexOf('node_modules')
  if (at === -1) return `file:${PACKAGE_DIRECTORY}`
  const owner = folders.slice(0, at).join(sep)
  const wanted = await wantedBy(owner)
  if (wanted?.startsWith('file:')) return `file:${resolve(owner, wanted.slice('file:'.length))}`
  const text = await readFile(join(PACKAGE_DIRECTORY, 'package.json'), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return `^${version}`
}

/** What the package in `owner` names as the version of Mayfly. */
async function wantedBy(owner: string): Promise<string | undefined> {
  const file = join(owner, 'package.json')
  if (!existsSync(file)) return undefined
  const { dependencies, devDependencies } = JSON.parse(await readFile(file, 'utf8')) as Record<
    string,
    Record<string, string> | undefined
  >
  return dependencies?.['mayfly'] ?? devDependencies?.['mayfly']
}
