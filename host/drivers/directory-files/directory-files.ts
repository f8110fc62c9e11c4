/**
 * Files of agents in a directory of the host: `<directory>/<agent>/input` and `<directory>/<agent>/output`.
 *
 * @module
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MayflyError } from '../../../runtime/errors/index.ts'
import type { FilesDriver } from '../../../runtime/wasi/index.ts'
import { DiskArea } from './disk-area.ts'

/** Where the files are. */
export interface DirectoryFilesOptions {
  /** Made when it is not there, for this user only. */
  directory: string
}

/** Files of agents in `<directory>/<agent>/input` and `<directory>/<agent>/output`. */
export function directoryFiles({ directory }: DirectoryFilesOptions): FilesDriver {
  return {
    name: 'directory',
    open({ agent, area, writable, maxBytes }) {
      const root = join(directory, agent, area)
      try {
        mkdirSync(root, { recursive: true, mode: 0o700 })
        return new DiskArea({ root, writable, maxBytes })
      } catch (cause) {
        throw new MayflyError(
          'ERR_HOST_UNAVAILABLE',
          `Cannot open files of agent "${agent}" in "${root}": ${(cause as Error).message}`,
          { cause, hint: 'Let the host read and write its data directory', facts: { agent, area } },
        )
      }
    },
  }
}
