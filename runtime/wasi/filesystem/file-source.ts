/**
 * The bytes of a file as a source, and the errors of files as those of streams.
 *
 * @module
 */
import type { InvocationContext } from '../../host-module/index.ts'
import type { ByteSource } from '../io/index.ts'
import type { FileNode } from './area.ts'
import { fileStreamError, type FileErrorCode } from './file-error.ts'

export interface FileSourceOptions {
  /** Where reading begins, in bytes. */
  readonly start: number
  readonly work: InvocationContext['work']
  /** What keeps the file open. It is disposed of with the source. */
  readonly hold: Disposable
}

/** @param granted - returns the file, as long as it is granted */
export function fileSource(
  granted: () => FileNode,
  { start, work, hold }: FileSourceOptions,
): ByteSource {
  let position = start
  return {
    ready: () => true,
    wait: () => Promise.resolve(),
    read(length) {
      const file = granted()
      const bytes = file.read(position, position + length)
      if (bytes.byteLength === 0 && position >= file.size) return undefined
      position += bytes.byteLength
      work('byte', bytes.byteLength)
      return bytes
    },
    dispose: () => hold[Symbol.dispose](),
  }
}

/** Keeps `file` open, also for a stream whose descriptor has gone, until the result is disposed of or all of `held` is. */
export function holdIn(held: Set<Disposable>, file: FileNode): Disposable {
  file.open()
  const hold = {
    [Symbol.dispose]() {
      if (held.delete(hold)) file.close()
    },
  }
  held.add(hold)
  return hold
}

/** Runs `work`, whose errors are those of a file, for a guest that writes to a stream. */
export function asStreamError(work: () => void): void {
  try {
    work()
  } catch (error) {
    const code = (error as { payload?: FileErrorCode }).payload
    throw code === undefined ? error : fileStreamError(code)
  }
}
