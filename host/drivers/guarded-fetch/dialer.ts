/**
 * Connects to addresses that it has classified, and to no other.
 *
 * @module
 */
import type { LookupAddress } from 'node:dns'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import { HttpRefusal, type Network } from '../../../runtime/capabilities/http/index.ts'
import { networkOf } from './address.ts'
import { keepIdleIn, type IdleSockets } from './idle-sockets.ts'

/** Resolves a name to addresses. */
export type ResolveName = (hostname: string) => Promise<readonly LookupAddress[]>

export interface Dialer {
  readonly lookup: LookupFunction
  readonly http: HttpAgent
  readonly https: HttpsAgent
  readonly idle: IdleSockets
}

/** Connects for agents that are granted `network`, beside the public one. */
export function dialer(
  network: Network,
  resolveName: ResolveName,
  keepAliveMs: number,
  idle: IdleSockets,
): Dialer {
  // They need no bound: `upstream-sockets.ts` decides before which request gets a connection.
  const options = { keepAlive: true, timeout: keepAliveMs }
  const lookup: LookupFunction = (hostname, { all }, callback) => {
    resolveName(hostname)
      .then((addresses) => {
        for (const { address } of addresses) checkAddress(hostname, address, network)
        const [first] = addresses
        if (first === undefined) throw new Error(`Cannot resolve "${hostname}": no address`)
        if (all === true) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      })
      .catch((error: unknown) =>
        callback(error instanceof Error ? error : new Error(String(error)), ''),
      )
  }
  return {
    lookup,
    http: keepIdleIn(new HttpAgent(options), idle),
    https: keepIdleIn(new HttpsAgent(options), idle),
    idle,
  }
}

/** @throws {HttpRefusal} when `address` lies in a network that is neither public nor granted */
export function checkAddress(host: string, address: string, granted: Network): void {
  const network = networkOf(address)
  if (network === 'public' || network === granted) return
  const where = host === address ? `address ${address}` : `"${host}": address ${address}`
  throw new HttpRefusal(
    `Cannot connect to ${where}: ${network}`,
    network === 'reserved' ? undefined : network,
  )
}
