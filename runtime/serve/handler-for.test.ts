import { describe, expect, it } from 'vitest'
import type { RequestHandler } from '../host-module/index.ts'
import { standardCapabilities } from '../presets/index.ts'
import { HANDLER_EXPORTS, interfaceOf } from './exports.ts'
import { handlerFor } from './handler-for.ts'

const STANDARD = standardCapabilities().flatMap(({ serves }) => serves ?? [])

function chosen(
  exported: readonly string[],
  handlers: readonly RequestHandler[] = STANDARD,
): string {
  return handlerFor(exported, handlers).export
}

function handler(name: string): RequestHandler {
  return {
    export: name,
    open() {
      throw new TypeError('not opened in this test')
    },
  }
}

describe('HANDLER_EXPORTS', () => {
  it('lists, in this order, the exports that a component is served through', () => {
    expect(HANDLER_EXPORTS).toEqual([
      'mayfly:agent/handler#handle',
      'wasi:http/handler#handle',
      'wasi:http/incoming-handler#handle',
      'wasi:cli/run#run',
    ])
  })

  it('lists every export that a standard capability serves', () => {
    const own = HANDLER_EXPORTS.slice(1)
    expect(STANDARD.map((each) => each.export).toSorted()).toEqual(own.toSorted())
  })
})

describe('handlerFor()', () => {
  const interfaces = HANDLER_EXPORTS.map(interfaceOf)

  it.each([
    ['all of them', interfaces, 0],
    ['wasi:http and a program', interfaces.slice(1), 1],
    ['both versions of wasi:http', interfaces.slice(1, 3), 1],
    ['our own and a program', [...interfaces.slice(3), ...interfaces.slice(0, 1)], 0],
    ['a program', interfaces.slice(3), 3],
  ] as const)('chooses the first of the list for %s', (_, exported, index) => {
    for (const names of [exported, exported.toReversed()]) {
      expect(chosen(names)).toBe(HANDLER_EXPORTS[index])
      expect(chosen(names, STANDARD.toReversed())).toBe(HANDLER_EXPORTS[index])
    }
  })

  it('knows an interface by its name, whatever its version', () => {
    expect(chosen(['wasi:http/incoming-handler@0.2.12', 'wasi:cli/run'])).toBe(HANDLER_EXPORTS[2])
    expect(chosen(['wasi:http/incoming-handlers@0.2.12', 'wasi:cli/run'])).toBe(HANDLER_EXPORTS[3])
  })

  it('passes over an export that no capability serves', () => {
    const [, , http = '', program = ''] = HANDLER_EXPORTS
    expect(chosen([interfaceOf(http), interfaceOf(program)], [handler(program)])).toBe(program)
  })

  it('chooses an export that is not listed only where there is no other', () => {
    const other = handler('acme:queue/consumer#take')
    const handlers = [other, ...STANDARD]
    expect(chosen(['acme:queue/consumer'], handlers)).toBe(other.export)
    expect(chosen(['acme:queue/consumer', ...interfaces.slice(3)], handlers)).toBe(
      HANDLER_EXPORTS[3],
    )
  })

  it("takes Mayfly's own for a component that exports none", () => {
    expect(chosen(['acme:math/ops'])).toBe(HANDLER_EXPORTS[0])
    expect(chosen([], [])).toBe(HANDLER_EXPORTS[0])
  })
})
