/**
 * The engines by name. Each is loaded when a build needs it, with the compiler it brings along.
 *
 * @module
 */
import type { Engine } from '../../../runtime/manifest/index.ts'
import type { BuildEngine } from './language.ts'

/** Packages that builds for an engine run, and whose versions decide their output. */
export const TOOLS: Readonly<Record<Engine, readonly string[]>> = {
  quickjs: ['esbuild'],
  'componentize-qjs': ['esbuild', 'componentize-qjs'],
  starlingmonkey: ['esbuild', '@bytecodealliance/componentize-js', '@bytecodealliance/jco'],
  javy: ['esbuild', '@bytecodealliance/jco'],
  assemblyscript: ['assemblyscript', '@bytecodealliance/jco'],
  c: ['@bytecodealliance/jco'],
}

export async function loadEngine(engine: Engine): Promise<BuildEngine> {
  switch (engine) {
    case 'quickjs':
      return (await import('./quickjs.ts')).quickjs
    case 'componentize-qjs':
      return (await import('./componentize-qjs.ts')).componentizeQjs
    case 'starlingmonkey':
      return (await import('./starlingmonkey.ts')).starlingmonkey
    case 'javy':
      return (await import('./javy.ts')).javy
    case 'c':
      return (await import('./c.ts')).c
    case 'assemblyscript':
      return (await import('./assemblyscript.ts')).assemblyscript
  }
}
