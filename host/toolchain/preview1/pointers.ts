/**
 * The functions of WASI 0.1 that take pointers, and the bytes behind each pointer.
 *
 * https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md
 *
 * @module
 */

/** Bytes behind a parameter that is a pointer. */
export interface Region {
  /** The parameter. */
  readonly pointer: number
  /** A number of bytes, or the parameter that counts them in pieces of `each` bytes. */
  readonly bytes: number | { readonly count: number; readonly each: number }
  /** Whether the function writes there. */
  readonly written: boolean
  /**
   * Whether it reads there, or may leave some of the bytes as they are.
   *
   * @default true
   */
  readonly read?: boolean
}

/** A list of buffers of the program, of which the adapter takes the first that is not empty. */
export interface Buffers {
  /** The parameter with the list; the next one has its length. */
  readonly list: number
  readonly written: boolean
}

/** The pointers of a function. */
export interface Pointers {
  readonly regions: readonly Region[]
  /** @default none */
  readonly buffers?: Buffers
}

/** Two lists: pointers to strings, and the strings. `sizes` is the function that says how long they are. */
export interface StringList {
  readonly sizes: string
}

const SUBSCRIPTION_BYTES = 48
const EVENT_BYTES = 32
const FILESTAT_BYTES = 64

export const POINTERS: Readonly<Record<string, Pointers>> = {
  args_sizes_get: of(result(0, 4), result(1, 4)),
  environ_sizes_get: of(result(0, 4), result(1, 4)),
  clock_res_get: of(result(1, 8)),
  clock_time_get: of(result(2, 8)),
  fd_fdstat_get: of(result(1, 24)),
  fd_filestat_get: of(result(1, FILESTAT_BYTES)),
  fd_pread: { regions: [result(4, 4)], buffers: { list: 1, written: true } },
  fd_prestat_get: of(result(1, 8)),
  fd_prestat_dir_name: of(buffer(1)),
  fd_pwrite: { regions: [result(4, 4)], buffers: { list: 1, written: false } },
  fd_read: { regions: [result(3, 4)], buffers: { list: 1, written: true } },
  fd_readdir: of(buffer(1), result(4, 4)),
  fd_seek: of(result(3, 8)),
  fd_tell: of(result(1, 8)),
  fd_write: { regions: [result(3, 4)], buffers: { list: 1, written: false } },
  path_create_directory: of(path(1)),
  path_filestat_get: of(path(2), result(4, FILESTAT_BYTES)),
  path_filestat_set_times: of(path(2)),
  path_link: of(path(2), path(5)),
  path_open: of(path(2), result(8, 4)),
  path_readlink: of(path(1), buffer(3), result(5, 4)),
  path_remove_directory: of(path(1)),
  path_rename: of(path(1), path(4)),
  path_symlink: of(path(0), path(3)),
  path_unlink_file: of(path(1)),
  poll_oneoff: of(
    { pointer: 0, bytes: { count: 2, each: SUBSCRIPTION_BYTES }, written: false },
    { pointer: 1, bytes: { count: 2, each: EVENT_BYTES }, written: true },
    result(3, 4),
  ),
  random_get: of(buffer(0)),
  sock_accept: of(result(2, 4)),
  sock_recv: { regions: [result(4, 4), result(5, 2)], buffers: { list: 1, written: true } },
  sock_send: { regions: [result(4, 4)], buffers: { list: 1, written: false } },
}

export const STRING_LISTS: Readonly<Record<string, StringList>> = {
  args_get: { sizes: 'args_sizes_get' },
  environ_get: { sizes: 'environ_sizes_get' },
}

function of(...regions: readonly Region[]): Pointers {
  return { regions }
}

function result(pointer: number, bytes: number): Region {
  return { pointer, bytes, written: true }
}

/** A text, with its length in the next parameter. */
function path(pointer: number): Region {
  return { pointer, bytes: { count: pointer + 1, each: 1 }, written: false }
}

/** Room for a result, with its length in the next parameter. */
function buffer(pointer: number): Region {
  return { pointer, bytes: { count: pointer + 1, each: 1 }, written: true }
}
