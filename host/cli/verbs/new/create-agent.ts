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
import { PACKAGE_DIRECTORY } from '../../../toolchain/index.ts'
import { readTemplate, type Template } from './template.ts'

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
  const isInPackage = hasPackage(dirname(directory))
  const files = await readTemplate(template, {
    name,
    schema: schemaPath(directory),
    mayfly: await dependency(),
  })
  // Inside a package the agent is a part of it; alone it needs one, to be able to import Mayfly.
  const wanted = files.filter((file) => file.name !== 'package.json' || !isInPackage)
  await mkdir(directory, { recursive: true })
  // `wx`: a file that appeared since the check is not overwritten.
  await Promise.all(
    wanted.map((file) => writeFile(join(directory, file.name), file.text, { flag: 'wx' })),
  )
  const own = files.find((file) => file.name === 'package.json')?.text ?? '{}'
  return {
    directory,
    files: wanted.map((file) => file.name),
    missing: isInPackage ? missingPackages(own, directory) : [],
  }
}

function missingPackages(packageJson: string, directory: string): string[] {
  const { dependencies = {} } = JSON.parse(packageJson) as { dependencies?: Record<string, string> }
  return Object.entries(dependencies)
    .filter(([name]) => !isInstalled(name, directory))
    .map(([name, range]) => `${name}@${range}`)
}

function isInstalled(name: string, start: string): boolean {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules', name))) return true
    if (dirname(folder) === folder) return false
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

function hasPackage(start: string): boolean {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return true
    if (dirname(folder) === folder) return false
  }
}

function schemaPath(directory: string): string {
  const isInMayfly = directory.startsWith(PACKAGE_DIRECTORY + sep)
  if (!isInMayfly) return `./node_modules/mayfly/${SCHEMA_FILE}`
  return relative(directory, join(PACKAGE_DIRECTORY, SCHEMA_FILE)).split(sep).join('/')
}

/** The version of this package or, when it runs from a checkout, its folder. */
async function dependency(): Promise<string> {
  if (!PACKAGE_DIRECTORY.split(sep).includes('node_modules')) return `file:${PACKAGE_DIRECTORY}`
  const text = await readFile(join(PACKAGE_DIRECTORY, 'package.json'), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return `^${version}`
}
