/**
 * Resources a component defines, as classes of JavaScript.
 *
 * @module
 */

import { camelCase, pascalCase } from '../abi/index.ts'
import { ExportedFunction } from './call/exported-function.ts'
import { GuestResource, isHandedOut, type GuestResourceClass } from './guest-resource.ts'
import type { Export } from './plan/link-plan.ts'
import type { Store } from './store.ts'

/** Makes the class of `resource` for `store`, with the methods the component exports for it. */
export function resourceClass(store: Store, resource: number): GuestResourceClass {
  const members = membersOf(store.plan.link.exports, resource)
  const name = store.plan.link.resources[resource]?.name ?? 'resource'
  let construct: ExportedFunction | undefined

  class Resource extends GuestResource {
    constructor(...values: unknown[]) {
      if (isHandedOut(values)) {
        super({ store, resource }, values[1], values[2])
        return
      }
      super({ store, resource }, 0, false)
      if (construct === undefined) throw new TypeError(`Cannot construct "${name}": no constructor`)
      return construct.call(values) as Resource // The constructor returns its own resource
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
