/**
 * Which client a request comes from, behind proxies that the operator trusts.
 *
 * Each proxy adds the address of its client at the end of a field. So the field is read from its end, for as long as the
 * address read is a trusted proxy; what stands before it, any client may have written. One field is read and no other:
 * a proxy that writes one passes the other on as its client has sent it.
 *
 * @module
 */
import { BlockList, isIP } from 'node:net'
import type { WebHeaders } from '../../../runtime/host-module/index.ts'
import { MayflyError } from '../../../runtime/errors/index.ts'
import type { Passage } from '../../app/index.ts'
import { addressIn, lastElements, type ProxyField } from './forwarded-field.ts'

/** Proxies in front of this host. */
export interface TrustedProxyOptions {
  /** Addresses and networks: `10.0.0.0/8`, `fd00::/8`, `192.0.2.7`. */
  readonly networks: readonly string[]
  /** The field in which they name their clients. */
  readonly field: ProxyField
}

const NETWORK = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i
// Of IPv4 addresses that a socket of IPv6 has: https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
// A path of a proxy: plain segments, so that it stays one wherever it is put.
const PREFIX = /^(?:\/[\w.~-]+)+$/
const DOTS = /\/\.\.?(?:\/|$)/
const PROTOCOL = 'x-forwarded-proto'
const SAYS_HTTPS = /(?:^|;)\s*proto\s*=\s*(?:https|"https")\s*(?:;|$)/i
const MAX_PREFIX_LENGTH = 256 // Far more than paths at which a proxy mounts a server

/** Tells the clients of requests. */
export class TrustedProxies {
  readonly #networks: BlockList
  readonly #field: ProxyField

  /** @throws {MayflyError} ERR_USAGE when one is not a network */
  constructor({ networks, field }: TrustedProxyOptions) {
    this.#networks = blockList(networks)
    this.#field = field
  }

  /**
   * @param peer - address of the other end of the connection
   * @param isSecure - whether the connection itself is
   */
  passageOf(peer: string | undefined, isSecure: boolean, headers: WebHeaders): Passage {
    const direct = plainAddress(peer)
    if (direct === undefined || !this.#trusts(direct))
      return { address: direct, isSecure, prefix: '' }
    const prefix = prefixOf(headers.get('x-forwarded-prefix'))
    const { address, element } = this.#clientOf(direct, headers.get(this.#field))
    const isTold =
      this.#field === 'forwarded' ? SAYS_HTTPS.test(element) : saysHttps(headers.get(PROTOCOL))
    return { address, isSecure: isSecure || isTold, prefix }
  }

  #trusts(address: string): boolean {
    return this.#networks.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
  }

  /** @returns the client, and what the proxy that has seen it says of it */
  #clientOf(peer: string, value: string | null): Client {
    let client: Client = { address: peer, element: '' }
    if (value === null) return client
    for (const element of lastElements(value)) {
      // https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1.2
      if (element.trim() === '') continue
      const address = plainAddress(addressIn(element, this.#field))
      client = { address, element }
      // Where a proxy does not name its client, the client is not known.
      if (address === undefined || !this.#trusts(address)) return client
    }
    return client
  }
}

interface Client {
  readonly address: string | undefined
  readonly element: string
}

/** The passage of a request that no proxy has passed on. */
export function directPassage(peer: string | undefined, isSecure: boolean): Passage {
  return { address: plainAddress(peer), isSecure, prefix: '' }
}

/**
 * @throws {MayflyError} ERR_USAGE
 */
function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [, address = '', bits] = NETWORK.exec(network) ?? []
    const version = isIP(address)
    const most = version === 4 ? 32 : 128
    if (version === 0 || Number(bits ?? most) > most) throw notANetwork(network)
    list.addSubnet(address, Number(bits ?? most), version === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

function notANetwork(network: string): MayflyError {
  return new MayflyError('ERR_USAGE', `Cannot trust proxy "${network}": not a network`, {
    hint: 'Give an address or a network such as 10.0.0.0/8, without a name and without a port',
  })
}

/** As every reader writes it; nothing where it is none. */
function plainAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const bare = MAPPED.exec(text)?.[1] ?? text
  const version = isIP(bare)
  if (version === 4) return bare
  // Without the zone of a link, which only this machine knows.
  if (version === 6)
    return URL.parse(`http://[${bare.replace(/%.*$/, '')}]/`)?.hostname.slice(1, -1)
  return undefined
}

/** By the nearest proxy. */
function saysHttps(value: string | null): boolean {
  const [last = ''] = lastElements(value ?? '')
  return last.trim().toLowerCase() === 'https'
}

function prefixOf(value: string | null): string {
  const prefix = value?.replace(/\/$/, '') ?? ''
  const isPlain = prefix.length <= MAX_PREFIX_LENGTH && PREFIX.test(prefix) && !DOTS.test(prefix)
  return isPlain ? prefix : ''
}
