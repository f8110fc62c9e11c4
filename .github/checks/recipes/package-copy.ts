/**
 * A copy of this package to try changes on, with its dependencies and the cache of its builds.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { PACKAGE_DIRECTORY } from '../../../host/toolchain/package-files.ts'

// `bench` is left out: nothing imports it.
const PARTS = [
  ...['runtime', 'host', 'components', 'wit', '.github', '.config', '.changeset'],
  ...['package.json', 'tsconfig.json', 'README.md', '.oxlintrc.json', '.prettierignore'],
]
const LEFT_OUT = new Set(['node_modules', 'dist', '.mayfly'])
// The engine for JavaScript agents. Its name has the digest of its sources, so an old one is never taken for a new one.
const ENGINES = join('.mayfly', 'cache', 'quickjs')

const run = promisify(execFile)

export class PackageCopy implements Disposable {
  readonly directory: string = realpathSync(mkdtempSync(join(tmpdir(), 'mayfly-copy-')))

  constructor() {
    for (const part of PARTS) {
      cpSync(join(PACKAGE_DIRECTORY, part), join(this.directory, part), {
        recursive: true,
        filter: (path) => !LEFT_OUT.has(basename(path)),
      })
    }
    const engines = join(PACKAGE_DIRECTORY, ENGINES)
    if (existsSync(engines)) cpSync(engines, join(this.directory, ENGINES), { recursive: true })
    symlinkSync(join(PACKAGE_DIRECTORY, 'node_modules'), join(this.directory, 'node_modules'))
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), 'utf8')
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.directory, path)), { recursive: true })
    await writeFile(join(this.directory, path), text)
  }

  /**
   * Runs one line of a shell in the copy, with the tools of this package and this Node on the path.
   *
   * @returns its output
   * @throws when it fails; the error has `stdout` and `stderr`
   */
  async run(line: string): Promise<string> {
    const tools = join(PACKAGE_DIRECTORY, 'node_modules', '.bin')
    const path = [dirname(process.execPath), tools, process.env['PATH']].join(delimiter)
    const { stdout } = await run('sh', ['-c', line], {
      cwd: this.directory,
      env: { ...process.env, PATH: path },
    })
    return stdout
  }

  /** Paths of files that are not as in this package, or not there. */
  changes(): string[] {
    const options = { cwd: this.directory, exclude: (path: string) => LEFT_OUT.has(basename(path)) }
    return globSync([...PARTS, ...PARTS.map((part) => `${part}/**`)], options)
      .filter((path) => statSync(join(this.directory, path)).isFile())
      .filter((path) => !isSame(join(PACKAGE_DIRECTORY, path), join(this.directory, path)))
      .toSorted()
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function isSame(original: string, copy: string): boolean {
  return existsSync(original) && readFileSync(original).equals(readFileSync(copy))
}
