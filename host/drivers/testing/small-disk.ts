/**
 * A disk of a few megabytes that a test can fill, to see the behaviour of a full disk.
 *
 * Mounting needs root on Linux. Elsewhere, tests that need it are skipped and say so.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk extends Disposable {
  readonly directory: string
  /** Takes all room there is. */
  fill(): void
  /** Gives it back. */
  free(): void
}

const FILLER = 'filler'
const BLOCK = Buffer.alloc(4096)

export function smallDisk(megabytes: number): SmallDisk {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-disk-'))
  const filler = join(directory, FILLER)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory], {
      stdio: 'ignore',
    })
  } catch (error) {
    rmdirSync(directory)
    throw error
  }
  return {
    directory,
    fill() {
      const descriptor = openSync(filler, 'a')
      try {
        for (;;) writeSync(descriptor, BLOCK)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      } finally {
        closeSync(descriptor)
      }
    },
    free: () => rmSync(filler, { force: true }),
    [Symbol.dispose]() {
      // Lazily: a host that is just ending may still have a file open.
      execFileSync('umount', ['--lazy', directory])
      rmdirSync(directory)
    },
  }
}

/** Whether there can be one here. */
export function hasSmallDisks(): boolean {
  try {
    smallDisk(1)[Symbol.dispose]()
    return true
  } catch {
    return false
  }
}
