/**
 * The assets of a version that is served: the table of its files, and their content.
 *
 * @module
 */
import type { AssetTable } from './asset-table.ts'

/** Reads the content of files. */
export interface AssetContent {
  /** @throws {Error} when it cannot be read */
  read(start: number, bytes: number): Promise<Uint8Array>
  /** Reads as its reader asks. */
  stream(start: number, bytes: number): ReadableStream<Uint8Array>
  /** Once reads under way have ended. */
  close(): void
}

/** The assets of a version that is served. */
export interface ServedAssets {
  readonly table: AssetTable
  readonly content: AssetContent
}
