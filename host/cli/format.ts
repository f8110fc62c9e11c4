/**
 * Sizes and times as the command line prints them.
 *
 * @module
 */

const KIB = 1024
const MIB = 1024 * KIB

/** `950 B`, `4.2 KB`, `1.6 MB`, in powers of 1024. */
export function formatBytes(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`
  return bytes < MIB ? `${(bytes / KIB).toFixed(1)} KB` : `${(bytes / MIB).toFixed(1)} MB`
}

/** `12 ms`, `1.4 s`. */
export function formatDuration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${milliseconds.toFixed(0)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`
}
