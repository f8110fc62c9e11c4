import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco'
import { describe, expect, it } from 'vitest'
import { decodeComponent } from '../../binary/index.ts'
import { planToWit } from './plan-to-wit.ts'

const WIT = `package acme:shop@1.0.0;

interface types {
  enum colour { red, %type }
  flags access { read, write }
  type id = u64;
  variant failure { gone, other(string) }
  record item { id: id, colours: list<colour>, price: tuple<f64, char>, note: option<string> }
}

interface carts {
  use types.{item, failure as cart-failure};
  resource cart {
    constructor(owner: string);
    add: func(item: item) -> result<u32, cart-failure>;
    open: static func(id: u64) -> cart;
  }
  merge: func(into: borrow<cart>, %from: cart) -> result<_, cart-failure>;
}

world shop {
  import types;
  import carts;
  export carts;
  export total: func(items: list<u8>) -> result;
}
`

async function build(wit: string, world: string): Promise<Uint8Array> {
  // Not in jco's types, and needed.
  const embedding = { dummy: true, witSource: wit, worldName: world }
  return componentNew(await componentEmbed(embedding))
}

describe('planToWit()', () => {
  it('prints interfaces, types, resources and functions by name', async () => {
    const bytes = await build(WIT, 'shop')
    expect(planToWit(decodeComponent(bytes), bytes)).toMatchInlineSnapshot(`
      "package root:component;

      world root {
        import acme:shop/types@1.0.0;
        import acme:shop/carts@1.0.0;
        export acme:shop/carts@1.0.0;
        export total: func(items: list<u8>) -> result;
      }

      package acme:shop@1.0.0 {
        interface types {
          type id = u64;
          enum colour {
            red,
            %type,
          }
          record item {
            id: id,
            colours: list<colour>,
            price: tuple<f64, char>,
            note: option<string>,
          }
          variant failure {
            gone,
            other(string),
          }
        }

        interface carts {
          resource cart {
            constructor(owner: string);
            add: func(item: item) -> result<u32, cart-failure>;
            open: static func(id: u64) -> cart;
          }
          use types.{item};
          use types.{failure as cart-failure};
          merge: func(into: borrow<cart>, %from: cart) -> result<_, cart-failure>;
        }
      }
      "
    `)
  })

  it('prints what the toolchain reads as the same world', async () => {
    const bytes = await build(WIT, 'shop')
    const printed = planToWit(decodeComponent(bytes), bytes)
    const again = await build(printed, 'root')
    expect(planToWit(decodeComponent(again), again)).toBe(printed)
  })

  it('writes out what has no name', async () => {
    const bytes = await parse(`(component
      (import "plain" (instance (export "f" (func (param "l" (list (list u8)))))))
      (import "now" (func async (result u64))))`)
    expect(planToWit(decodeComponent(bytes), bytes)).toBe(`package root:component;

world root {
  import plain: interface {
    f: func(l: list<list<u8>>);
  }
  import now: async func() -> u64;
}
`)
  })

  it('prints streams, futures and what they carry', async () => {
    const wit = `package acme:pipes@1.0.0;
interface pipes {
  record line { text: string }
  pass: async func(lines: stream<line>, bytes: stream<u8>) -> tuple<future<result<_, string>>, stream>;
  wait: func(ready: future) -> option<future<stream<u8>>>;
}
world piped { import pipes; }
`
    const bytes = await build(wit, 'piped')
    const printed = planToWit(decodeComponent(bytes), bytes)
    expect(printed).toContain(
      'pass: async func(lines: stream<line>, bytes: stream<u8>) -> tuple<future<result<_, string>>, stream>;',
    )
    expect(printed).toContain('wait: func(ready: future) -> option<future<stream<u8>>>;')
  })
})
