import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { witDescriptions } from './wit-descriptions.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-wit-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
}

it('witDescriptions() takes the comments of what interfaces and worlds export', () => {
  write(
    'math.wit',
    `// A licence: no documentation.
package acme:math@1.2.0;

/// Arithmetic.
interface ops {
  /// How to round.
  enum rounding { up, down }

  /// Adds two numbers.
  ///
  /// Wraps around.
  add: func(left: u32, /* not this */ right: u32) -> u32;
  silent: func();
  /**
   * Divides.
   * By nothing: fails.
   */
  %divide: async func(left: u32, right: u32) -> result<u32, string>;
  resource counter {
    /// Counts.
    next: func() -> u32;
  }
}

world tool {
  /// What the host gives.
  import now: func() -> u64;
  export ops;
  /// Greets.
  export greet: func(name: string) -> string;
  export shapes: interface {
    /// Of a circle.
    area: func(radius: f64) -> f64;
  }
}`,
  )
  expect(witDescriptions(folder, 'math.wit')).toEqual({
    'acme:math/ops#add': 'Adds two numbers.\n\nWraps around.',
    'acme:math/ops#divide': 'Divides.\nBy nothing: fails.',
    greet: 'Greets.',
    'shapes#area': 'Of a circle.',
  })
})

it('witDescriptions() reads a folder as one package', () => {
  write('a.wit', 'interface one {\n/// First.\nf: func();\n}')
  write('b.wit', 'package acme:two;\ninterface two {\n/// Second.\ng: func();\n}')
  expect(witDescriptions(folder, '.')).toEqual({
    'acme:two/one#f': 'First.',
    'acme:two/two#g': 'Second.',
  })
})

it.for(['absent.wit', '.'])('witDescriptions() refuses %s without WIT', (path) => {
  expect(() => witDescriptions(folder, path)).toThrow('Cannot read WIT')
})
