/**
 * Key-value stores. The manifest names each store and its access.
 *
 * For the guest, a store that the manifest does not name does not exist: the answer is `denied`, even if another agent
 * has a store of that name. A store belongs to one agent. Agents share one through an agent that they all call.
 *
 * @module
 */

import { requireMethods } from '../../errors/index.ts'
import type { Capability, ConfiguredModule } from '../../host-module/contract.ts'
import { countInMemory } from '../../policy/index.ts'
import type { KvDriver, KvNamespace } from './driver.ts'
import { kvFunctions } from './functions.ts'
import { KvGate } from './gate.ts'
import { readKvGrant, type KvGrant } from './grant.ts'

const STORE_METHODS: readonly (keyof KvNamespace & string)[] = [
  ...(['get', 'getMany', 'set', 'setMany', 'compareAndSet', 'delete', 'deleteMany'] as const),
  ...(['keys', 'increment'] as const),
]

export interface KvOptions {
  /**
   * Values above this size, in bytes, are refused as `malformed`.
   *
   * @default 1_048_576
   */
  maxValueBytes?: number
  /**
   * Values of one batch together, in bytes.
   *
   * @default 8_388_608
   */
  maxBatchBytes?: number
}

export function kv(
  driver: KvDriver,
  { maxValueBytes = 1_048_576, maxBatchBytes = 8_388_608 }: KvOptions = {},
): Capability {
  const limits = { maxValueBytes, maxBatchBytes }
  return {
    name: 'kv',
    interfaces: ['mayfly:agent/kv'],
    example: '"kv": { "notes": { "access": "write" } }',
    async configure({ agent, grant, countUse = countInMemory() }): Promise<ConfiguredModule> {
      // The manifest's parser has checked the shape.
      let stores = readKvGrant(grant as KvGrant | undefined)
      // Without stores the interface links, so that a JavaScript agent starts, and denies.
      const namespace = stores.size === 0 ? undefined : await open(driver, agent)
      return {
        granted: namespace !== undefined,
        prepare(context) {
          const gate = new KvGate(context, namespace, (name) => stores.get(name), countUse)
          return { 'mayfly:agent/kv': kvFunctions(gate, limits) }
        },
        attenuate(narrowed) {
          stores = readKvGrant(narrowed as KvGrant | undefined)
        },
        async [Symbol.asyncDispose]() {
          await namespace?.[Symbol.asyncDispose]()
        },
      }
    },
  }
}

/** @throws {TypeError} when the stores lack a method: no request should be the one to find that */
async function open(driver: KvDriver, agent: string): Promise<KvNamespace> {
  const namespace = await driver.open(agent)
  requireMethods(`stores of kv driver "${driver.name}"`, namespace, STORE_METHODS)
  return namespace
}
