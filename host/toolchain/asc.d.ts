/**
 * The part of the AssemblyScript compiler that the build uses. The compiler's own declarations bring the globals of
 * AssemblyScript along, which clash with those of Node.
 *
 * @module
 */

/** Functions that the compiler calls instead of the file system. */
export interface AscOptions {
  readFile(name: string, directory: string): string | null
  writeFile(name: string, content: Uint8Array, directory: string): void
  listFiles(directory: string, base: string): string[]
}

export interface AscResult {
  readonly error: Error | null
  readonly stdout: { toString(): string }
  readonly stderr: { toString(): string }
}

declare const asc: {
  main(args: readonly string[], options: AscOptions): Promise<AscResult>
}
export default asc
