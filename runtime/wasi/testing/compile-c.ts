/**
 * Programs in C, compiled with the clang and the wasi-libc of the machine and adapted from WASI 0.1.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { componentEmbed, componentNew, preview1AdapterReactorPath } from '@bytecodealliance/jco'
import { adaptCoreModule } from '../../../host/toolchain/adapt-core-module.ts'

/** Why C cannot be compiled here; `undefined` when it can. */
export function missingToolchain(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-c-'))
  try {
    clang(['-x', 'c', '-'], join(directory, 'probe.wasm'), 'int main(void) { return 0; }')
    return undefined
  } catch {
    return 'needs clang, lld and wasi-libc (Debian: clang lld wasi-libc libclang-rt-dev-wasm32)'
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Compiles `programs/<name>.c` to a component that exports `wasi:cli/run`. */
export function compileC(name: string): Promise<Uint8Array> {
  return adaptCoreModule(compile(name, []))
}

/** Compiles `programs/<name>.c` to a component of the world in `wit`. */
export async function compileReactor(name: string, wit: string): Promise<Uint8Array> {
  const adapter = readFileSync(preview1AdapterReactorPath())
  const embedded = await componentEmbed({
    witSource: wit,
    binary: compile(name, ['-mexec-model=reactor']),
  } as Parameters<typeof componentEmbed>[0]) // The declared type asks for more than is read
  return componentNew(embedded, [['wasi_snapshot_preview1', adapter]])
}

function compile(name: string, flags: readonly string[]): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-c-'))
  try {
    const output = join(directory, `${name}.wasm`)
    const source = fileURLToPath(new URL(`programs/${name}.c`, import.meta.url))
    clang([...flags, source], output)
    return readFileSync(output)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function clang(source: readonly string[], output: string, input = ''): void {
  execFileSync('clang', ['--target=wasm32-wasi', '-O2', '-o', output, ...source], {
    input,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
}
