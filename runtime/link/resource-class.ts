/**
 * Resources a component defines, as classes of JavaScript.
 *
 * @module
 */

import { camelCase, pascalCase, type Lender } from '../abi/index.ts'
import { ExportedFunction } from './exported-function.ts'
import type { Export } from './plan.ts'
import type { Store } from './store.ts'

/** Makes instances from values, or from what a guest handed out. */
export type GuestResourceClass = new (...values: unknown[]) => GuestResource

// Tells a representation from the arguments of a constructor: no one else has it.
const REPRESENTATION = Symbol('representation')

/** What one store's classes know that their instances need. */
interface Origin {
  readonly store: Store
  readonly resource: number
}

/** A resource of a guest in the hands of the host. */
export class GuestResource implements Lender, Disposable {
  /** Calls it is lent to: it can be neither disposed nor given away meanwhile. */
  lends = 0
  readonly rep: number
  readonly #origin: Origin
  readonly #epoch: number
  readonly #owned: boolean
  #gone = false

  static own(Class: GuestResourceClass, rep: number): GuestResource {
    return new Class(REPRESENTATION, rep, true)
  }

  static borrow(Class: GuestResourceClass, rep: number): GuestResource {
    return new Class(REPRESENTATION, rep, false)
  }

  constructor(origin: Origin, rep: number, owned: boolean) {
    this.#origin = origin
    this.#epoch = origin.store.epoch
    this.#owned = owned
    this.rep = rep
  }

  /** Whether it can still be used. */
  get live(): boolean {
    const { store } = this.#origin
    return !this.#gone && store.epoch === this.#epoch && !store.failed
  }

  /** Moves it into a guest: its representation is all that remains of it. */
  giveAway(): number {
    if (!this.#owned || this.lends > 0) {
      throw new TypeError('Cannot give away a resource: it is borrowed or lent')
    }
    this.#gone = true
    return this.rep
  }

  /** The call it was borrowed for has ended. */
  expire(): void {
    this.#gone = true
  }

  /** Runs the guest's destructor. Does nothing the second time. */
  [Symbol.dispose](): void {
    if (!this.live || !this.#owned) return
    const { store, resource } = this.#origin
    const rep = this.giveAway()
    try {
      store.destroy(resource, rep, undefined)
    } catch (error) {
      store.note(error)
      throw error
    }
  }
}

/** Makes the class of `resource` for `store`, with the methods the component exports for it. */
export function resourceClass(store: Store, resource: number): GuestResourceClass {
  const members = membersOf(store.plan.link.exports, resource)
  const name = store.plan.link.resources[resource]?.name ?? 'resource'
  let construct: ExportedFunction | undefined

  class Resource extends GuestResource {
    constructor(...values: unknown[]) {
      if (values[0] === REPRESENTATION) {
        super({ store, resource }, values[1] as number, values[2] as boolean) // From `own` or `borrow`
        return
      }
      super({ store, resource }, 0, false)
      if (construct === undefined) throw new TypeError(`Cannot construct "${name}": no constructor`)
      return construct.call(values) as Resource // What the constructor returns is its own resource
    }
  }
  Object.defineProperty(Resource, 'name', { value: pascalCase(name) })

  for (const { kind, key, member } of members) {
    const exported = new ExportedFunction(store, member.name, member)
    if (kind === 'constructor') construct = exported
    else {
      const onto = kind === 'method' ? Resource.prototype : Resource
      Object.defineProperty(onto, key, { configurable: true, value: caller(exported, kind) })
    }
  }
  return Resource
}

function caller(exported: ExportedFunction, kind: 'method' | 'static'): unknown {
  const run = (values: unknown[]): unknown =>
    exported.suspends ? exported.callAsync(values) : exported.call(values)
  if (kind === 'static') return (...values: unknown[]) => run(values)
  return function method(this: GuestResource, ...values: unknown[]): unknown {
    return run([this, ...values])
  }
}

interface Member {
  readonly kind: 'constructor' | 'method' | 'static'
  readonly key: string
  readonly member: Extract<Export, { kind: 'func' }>
}

/** The functions exported beside the resource and named after it. */
function membersOf(exports: readonly Export[], resource: number): Member[] {
  const members: Member[] = []
  const own = exports.find((each) => each.kind === 'resource' && each.resource === resource)
  for (const each of exports) {
    if (each.kind === 'instance') members.push(...membersOf(each.exports, resource))
    if (each.kind !== 'func' || own === undefined) continue
    const [, kind, of, name = ''] = /^\[(\w+)\]([^.]*)(?:\.(.*))?$/.exec(each.name) ?? []
    if (of !== own.name) continue
    if (kind === 'constructor' || kind === 'method' || kind === 'static') {
      members.push({ kind, key: camelCase(name), member: each })
    }
  }
  return members
}
