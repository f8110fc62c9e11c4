/**
 * Watches the inputs of builds: files that are there, and files that are not and would count.
 *
 * Editors replace files rather than write them, and people rename folders. So the folders of files are watched, also those
 * that are not there yet.
 *
 * @module
 */
import { statSync, watch, type FSWatcher } from 'node:fs'
import { join } from 'node:path'
import Watchpack from 'watchpack'

// An editor writes a file in several steps, which take a few milliseconds.
const SETTLE_MS = 20

export interface Watched {
  /** Absolute paths of files, and of folders all of whose files count. */
  readonly inputs: Iterable<string>
  /** Absolute paths of folders of which only the names in them count. */
  readonly listings: Iterable<string>
  /** A change after this time, in milliseconds since 1970, has not been seen yet. */
  readonly since: number
}

export class InputWatcher implements Disposable {
  readonly #onChange: (paths: ReadonlySet<string>) => void
  readonly #watcher = new Watchpack({ aggregateTimeout: SETTLE_MS, followSymlinks: true })
  #listings = new Map<string, FSWatcher>()

  /** @param onChange - called with absolute paths of inputs that changed, came or went, or of entries of listings */
  constructor(onChange: (paths: ReadonlySet<string>) => void) {
    this.#onChange = onChange
    this.#watcher.on('aggregated', (changes, removals) =>
      onChange(new Set([...changes, ...removals])),
    )
  }

  /** Watches these, and nothing else any more. */
  watch({ inputs, listings, since }: Watched): void {
    const files = new Set<string>()
    const directories = new Set<string>()
    const missing = new Set<string>()
    for (const path of inputs) {
      const found = statSync(path, { throwIfNoEntry: false })
      if (found === undefined) missing.add(path)
      else if (found.isDirectory()) directories.add(path)
      else files.add(path)
    }
    this.#watcher.watch({ files, directories, missing, startTime: since })
    this.#list(new Set(listings))
  }

  #list(folders: ReadonlySet<string>): void {
    const before = this.#listings
    this.#listings = new Map()
    for (const folder of folders) {
      try {
        // Anew each time: the folder may have been replaced by one of its name.
        const watcher = watch(folder, { persistent: false }, (kind, name) => {
          if (kind === 'rename' && name !== null) this.#onChange(new Set([join(folder, name)]))
        })
        watcher.on('error', () => watcher.close())
        this.#listings.set(folder, watcher)
      } catch {
        // Gone; it is among the inputs as well, which tell when it comes back.
      }
    }
    for (const watcher of before.values()) watcher.close()
  }

  [Symbol.dispose](): void {
    this.#watcher.close()
    for (const watcher of this.#listings.values()) watcher.close()
  }
}
