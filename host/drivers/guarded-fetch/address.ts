/**
 * Names the network of an address.
 *
 * Every network that is not plainly public has a name. By default a guest may not reach the host, its neighbours, or
 * services that trust all callers from inside (metadata, link-local). Forms that carry an IPv4 address inside an IPv6
 * one are unwrapped, as the system or a gateway would do it.
 *
 * @module
 */

import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** `reserved` can be granted by nothing. */
export type AddressNetwork = 'public' | 'private' | 'loopback' | 'reserved'

// https://www.iana.org/assignments/iana-ipv4-special-registry, -ipv6-special-registry
const LOOPBACK: BlockList = blockList(['127.0.0.0/8', '::1/128'])
const PRIVATE: BlockList = blockList([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10', // CGNAT
  'fc00::/7', // ULA
])
const RESERVED: BlockList = blockList([
  '0.0.0.0/8', // This host
  '169.254.0.0/16', // Link-local, and the metadata service of most clouds
  '100.100.100.200/32', // Metadata service of Alibaba Cloud, inside CGNAT
  '168.63.129.16/32', // Wire server of Azure, a public address
  '192.0.0.0/24', // IETF protocol assignments, Oracle's metadata service
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24', // Documentation
  '192.88.99.0/24', // 6to4 relays
  '198.18.0.0/15', // Benchmarks
  '224.0.0.0/4', // Multicast
  '240.0.0.0/4', // Reserved, and broadcast
  '::/128',
  'fd00:ec2::/32', // Metadata service of AWS, inside ULA
  'fd20:ce::254/128', // Metadata service of Google Cloud, inside ULA
  'fd00:c1::a9fe:a9fe/128', // Metadata service of Oracle Cloud, inside ULA
  'fd00:42::42/128', // Metadata service of Scaleway, inside ULA
])
/**
 * The only block of IPv6 with public addresses. Beside the networks above, these lie outside of it: NAT64 for local
 * use (64:ff9b:1::/48, where an IPv4 address may stand in several places), discard (100::/64), segment routing
 * (5f00::/16), link-local, site-local and multicast.
 */
const GLOBAL_UNICAST: BlockList = blockList(['2000::/3'])
const RESERVED_GLOBAL: BlockList = blockList([
  '2001::/23', // Protocol assignments, Teredo, benchmarks, ORCHID
  '2001:db8::/32',
  '3fff::/20', // Documentation
])

/** The network `address`, an IPv4 or IPv6 address, lies in. */
export function networkOf(address: string): AddressNetwork {
  const bare = address.replace(/%.*$/, '')
  if (isIPv4(bare)) return networkOfFamily(bare, 'ipv4')
  if (!isIPv6(bare)) return 'reserved'
  const groups = expand(bare)
  const wrapped = wrappedIPv4(groups)
  if (wrapped !== undefined) return networkOfFamily(wrapped, 'ipv4')
  return tunnelledIPv4(groups)
    .map((address) => networkOfFamily(address, 'ipv4'))
    .reduce(nearer, networkOfIPv6(bare))
}

/**
 * Returns one spelling for one machine: an IPv4 address inside an IPv6 one becomes that IPv4 address. `undefined` for
 * a text that is not an address.
 */
export function canonicalAddress(address: string): string | undefined {
  const bare = address.replace(/%.*$/, '')
  if (isIPv4(bare)) return bare
  if (!isIPv6(bare)) return undefined
  const groups = expand(bare)
  return wrappedIPv4(groups) ?? groups.map((group) => group.toString(16)).join(':')
}

function networkOfIPv6(address: string): AddressNetwork {
  const network = networkOfFamily(address, 'ipv6')
  if (network !== 'public') return network
  const isGlobal = GLOBAL_UNICAST.check(address, 'ipv6') && !RESERVED_GLOBAL.check(address, 'ipv6')
  return isGlobal ? 'public' : 'reserved'
}

/** The network of an address that is reached through another. No grant covers two networks, so two are `reserved`. */
function nearer(one: AddressNetwork, other: AddressNetwork): AddressNetwork {
  if (one === other || other === 'public') return one
  return one === 'public' ? other : 'reserved'
}

function networkOfFamily(address: string, family: 'ipv4' | 'ipv6'): AddressNetwork {
  // Reserved first: metadata addresses lie inside the private blocks.
  if (RESERVED.check(address, family)) return 'reserved'
  if (LOOPBACK.check(address, family)) return 'loopback'
  if (PRIVATE.check(address, family)) return 'private'
  return 'public'
}

/** The IPv4 address that a mapped, translated, NAT64 or compatible address stands for. */
function wrappedIPv4(groups: readonly number[]): string | undefined {
  const head = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':')
  const [high = 0, low = 0] = groups.slice(6)
  switch (true) {
    case head === '0:0:0:0:0:ffff': // Mapped
    case head === '0:0:0:0:ffff:0': // Translated
    case head === '64:ff9b:0:0:0:0': // NAT64
    case head === '0:0:0:0:0:0' && (high !== 0 || low > 1): // Compatible; not `::` and `::1`
      return dotted(high, low)
    default:
      return undefined
  }
}

/** The IPv4 addresses of the ends of tunnels that an address names: of 6to4 in its prefix, of ISATAP in its interface. */
function tunnelledIPv4(groups: readonly number[]): string[] {
  const [first = 0, second = 0, third = 0, , fifth = 0, sixth = 0, high = 0, low = 0] = groups
  const is6to4 = first === 0x2002
  // With the bits for "universal" and "group" either way. https://www.rfc-editor.org/rfc/rfc5214#section-6.1
  const isIsatap = (fifth & ~0x0300) === 0 && sixth === 0x5efe
  return [...(is6to4 ? [dotted(second, third)] : []), ...(isIsatap ? [dotted(high, low)] : [])]
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The eight groups of an IPv6 address. The URL parser compresses and rewrites any spelling of one. */
function expand(address: string): number[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [left = '', right] = canonical.split('::')
  const head = groupsOf(left)
  if (right === undefined) return head
  const tail = groupsOf(right)
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address = '', prefix] = subnet.split('/')
    list.addSubnet(address, Number(prefix), isIPv4(address) ? 'ipv4' : 'ipv6')
  }
  return list
}
