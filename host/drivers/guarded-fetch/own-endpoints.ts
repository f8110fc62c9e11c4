/**
 * Addresses where the host itself listens or keeps its stores. No grant lets an agent dial them.
 *
 * A port that is bound to one address of this machine is refused at all of its addresses. Which of them reach the port
 * depends on the way it was bound, on translation of addresses, and on names.
 *
 * @module
 */

import type { LookupFunction } from 'node:net'
import { networkInterfaces } from 'node:os'
import { HttpRefusal } from '../../../runtime/capabilities/http/index.ts'
import { canonicalAddress, networkOf } from './address.ts'

/** Something that the host itself listens on or connects to: no grant lets an agent dial it. */
export interface OwnEndpoint {
  /** Name of the service, for the operator: `control plane`. */
  readonly name: string
  /** Name or address that it is bound to, or reached at. */
  readonly host: string
  /** The TCP port. */
  readonly port: number
}

export class OwnEndpoints {
  readonly #byPort = new Map<number, readonly OwnEndpoint[]>()
  readonly #resolve: (hostname: string) => Promise<readonly { readonly address: string }[]>

  /** @param resolve - the lookup that the dialer uses */
  constructor(
    endpoints: readonly OwnEndpoint[],
    resolve: (hostname: string) => Promise<readonly { readonly address: string }[]>,
  ) {
    this.#resolve = resolve
    for (const endpoint of endpoints) {
      const others = this.#byPort.get(endpoint.port) ?? []
      this.#byPort.set(endpoint.port, [...others, endpoint])
    }
  }

  /**
   * Checks the addresses that `host` stands for.
   *
   * @throws {HttpRefusal} when the host itself is behind one of them
   */
  async check(host: string, addresses: readonly string[], port: number): Promise<void> {
    // The host uses few ports: for all others nothing is resolved.
    for (const endpoint of this.#byPort.get(port) ?? []) {
      const own = await this.#addressesOf(endpoint)
      for (const address of addresses.map(canonicalOf)) {
        const isOwn =
          own.has(address) || host === endpoint.host || (isHere(own) && isHere([address]))
        if (!isOwn) continue
        throw new HttpRefusal(
          `Cannot connect to "${host}", port ${port}: the ${endpoint.name} of this host is there, which no agent may reach`,
        )
      }
    }
  }

  /**
   * Returns the dialer with checked lookups for `port`. Idle connections are kept by port as well, so that a connection
   * opened for another port is never used for this one.
   */
  guard<Dialer extends { readonly lookup: LookupFunction }>(dialer: Dialer, port: number): Dialer {
    if (!this.#byPort.has(port)) return dialer
    const { lookup } = dialer
    const checked: LookupFunction = (hostname, options, callback) => {
      lookup(hostname, { ...options, all: true }, (error, found) => {
        if (error !== null) return callback(error, '')
        const addresses = Array.isArray(found) ? found : []
        this.check(
          hostname,
          addresses.map(({ address }) => address),
          port,
        ).then(
          () => {
            if (options.all === true) callback(null, addresses)
            else callback(null, addresses[0]?.address ?? '', addresses[0]?.family)
          },
          (refusal: Error) => callback(refusal, ''),
        )
      })
    }
    return { ...dialer, lookup: checked }
  }

  async #addressesOf({ host }: OwnEndpoint): Promise<ReadonlySet<string>> {
    if (canonicalAddress(host) !== undefined) return new Set([canonicalOf(host)])
    try {
      const addresses = await this.#resolve(host)
      return new Set(addresses.map(({ address }) => canonicalOf(address)))
    } catch {
      // It serves, so it is somewhere: here, for all that is known.
      return new Set(['127.0.0.1'])
    }
  }
}

/** Whether one of the addresses is of this machine. */
function isHere(addresses: Iterable<string>): boolean {
  const machine = new Set(
    Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .map(({ address }) => canonicalOf(address)),
  )
  return Iterator.from(addresses).some(
    (address) =>
      UNSPECIFIED.has(address) || networkOf(address) === 'loopback' || machine.has(address),
  )
}

const UNSPECIFIED: ReadonlySet<string> = new Set(['0.0.0.0', '0:0:0:0:0:0:0:0'])

function canonicalOf(address: string): string {
  return canonicalAddress(address) ?? address
}
