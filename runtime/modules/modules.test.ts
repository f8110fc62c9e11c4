import { describe, expect, it, vi } from 'vitest'
import { compileSmall, giveSmall, PACK_HINT } from './index.ts'

/** A module that nothing else asks for: empty, with a custom section of this name. */
function moduleNamed(name: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(name)
  return new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, text.length + 1, text.length, ...text])
}

/** Runs `run` as on a platform that compiles nothing at run time. */
function withoutCompiler(run: () => void): void {
  const refuses = vi.spyOn(WebAssembly, 'Module').mockImplementation(function refuse() {
    throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder')
  })
  try {
    run()
  } finally {
    refuses.mockRestore()
  }
}

describe('compileSmall()', () => {
  it('compiles where that is possible', () => {
    expect(compileSmall(moduleNamed('a'), 'test')).toBeInstanceOf(WebAssembly.Module)
  })

  it('takes a module that was given', () => {
    const bytes = moduleNamed('b')
    const module = new WebAssembly.Module(bytes)
    giveSmall(bytes.slice(), module)
    withoutCompiler(() => expect(compileSmall(bytes, 'test')).toBe(module))
  })

  it('names the command where a module is neither given nor can be compiled', () => {
    withoutCompiler(() =>
      expect(() => compileSmall(moduleNamed('c'), 'suspend guests')).toThrow(
        expect.objectContaining({
          code: 'ERR_HOST_UNAVAILABLE',
          message: expect.stringContaining(
            'Cannot suspend guests: this platform compiles no modules',
          ),
          hint: PACK_HINT,
        }),
      ),
    )
  })
})
