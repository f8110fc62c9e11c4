import { afterAll, describe, expect, it } from 'vitest'
import { componentOf } from '../../link/testing/component.ts'
import { Runtime } from '../../presets/index.ts'

/** A component that returns what `call` leaves in memory at 0. */
function zoned(
  version: string,
  types: string,
  faces: string,
  imported: string,
  call: string,
): Promise<Uint8Array> {
  return componentOf(
    `package test:zones;
     world zones { import wasi:clocks/timezone@${version}; export zone: func() -> tuple<s64, string>; }
     package wasi:clocks@${version} { ${types} interface timezone { ${faces} } }`,
    `(module
      (import "wasi:clocks/timezone@${version}" ${imported})
      (memory (export "memory") 1)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
      (func (export "zone") (result i32) ${call} (i32.const 64)))`,
  )
}

describe('wasi:clocks/timezone', () => {
  const runtime = new Runtime()
  afterAll(() => runtime.close())

  it.each([
    [
      '0.2.12',
      zoned(
        '0.2.12',
        'interface wall-clock { record datetime { seconds: u64, nanoseconds: u32 } }',
        `use wall-clock.{datetime}; display: func(when: datetime) -> timezone-display;
         record timezone-display { utc-offset: s32, name: string, in-daylight-saving-time: bool }`,
        '"display" (func $display (param i64 i32 i32))',
        `(call $display (i64.const 1) (i32.const 0) (i32.const 0))
         (i64.store (i32.const 64) (i64.load32_s (i32.const 0)))
         (i32.store (i32.const 72) (i32.load (i32.const 4))) (i32.store (i32.const 76) (i32.load (i32.const 8)))`,
      ),
    ],
    [
      '0.3.0',
      zoned(
        '0.3.0',
        'interface system-clock { record instant { seconds: s64, nanoseconds: u32 } }',
        'use system-clock.{instant}; iana-id: func() -> option<string>; utc-offset: func(when: instant) -> option<s64>;',
        `"iana-id" (func $id (param i32)))
         (import "wasi:clocks/timezone@0.3.0" "utc-offset" (func $offset (param i64 i32 i32))`,
        `(call $offset (i64.const 1) (i32.const 0) (i32.const 0))
         (if (i32.eqz (i32.load8_u (i32.const 0))) (then (unreachable)))
         (i64.store (i32.const 64) (i64.load (i32.const 8)))
         (call $id (i32.const 0))
         (if (i32.eqz (i32.load8_u (i32.const 0))) (then (unreachable)))
         (i32.store (i32.const 72) (i32.load (i32.const 4))) (i32.store (i32.const 76) (i32.load (i32.const 8)))`,
      ),
    ],
  ])('of WASI %s is UTC, wherever the host is', async (_, component) => {
    const agent = await runtime.load({ component: await component, manifest: { name: 'zones' } })
    expect(await agent.call('zone')).toEqual([0n, 'UTC'])
  })
})
