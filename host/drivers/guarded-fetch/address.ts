/**
 * Which network an address lies in.
 *
 * Everything that is not plainly public is named: what a guest may not reach by default is the host, its
 * neighbours and the services that trust whoever asks from inside (metadata, link-local). Forms that
 * carry an IPv4 address inside an IPv6 one are unwrapped first, as the system would.
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
])
/** The only block of IPv6 from which public addresses are given out. */
const GLOBAL_UNICAST: BlockList = blockList(['2000::/3'])
const RESERVED_GLOBAL: BlockList = blockList([
  '2001::/23', // Protocol assignments, Teredo
  '2001:db8::/32',
  '3fff::/20', // Documentation
])

/** The network `address`, an IPv4 or IPv6 address, lies in. */
export function networkOf(address: string): AddressNetwork {
  const bare = address.replace(/%.*$/, '')
  if (isIPv4(bare)) return networkOfFamily(bare, 'ipv4')
  if (!isIPv6(bare)) return 'reserved'
  const embedded = embeddedIPv4(bare)
  if (embedded !== undefined) return networkOfFamily(embedded, 'ipv4')
  const network = networkOfFamily(bare, 'ipv6')
  if (network !== 'public') return network
  const isGlobal = GLOBAL_UNICAST.check(bare, 'ipv6') && !RESERVED_GLOBAL.check(bare, 'ipv6')
  return isGlobal ? 'public' : 'reserved'
}

function networkOfFamily(address: string, family: 'ipv4' | 'ipv6'): AddressNetwork {
  // Reserved first: metadata addresses lie inside the private blocks.
  if (RESERVED.check(address, family)) return 'reserved'
  if (LOOPBACK.check(address, family)) return 'loopback'
  if (PRIVATE.check(address, family)) return 'private'
  return 'public'
}

/** The IPv4 address inside a mapped, compatible, NAT64, 6to4 or translated address. */
function embeddedIPv4(address: string): string | undefined {
  const groups = expand(address)
  const head = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':')
  const [, first = 0, second = 0, , , , high = 0, low = 0] = groups
  switch (true) {
    case head === '0:0:0:0:0:ffff': // Mapped
    case head === '0:0:0:0:ffff:0': // Translated
    case head === '64:ff9b:0:0:0:0': // NAT64
    case groups[0] === 0x64 && first === 0xff9b && second === 1: // NAT64, local use
      return dotted(high, low)
    case head === '0:0:0:0:0:0' && (high !== 0 || low > 1): // Compatible; not `::` and `::1`
      return dotted(high, low)
    case groups[0] === 0x2002: // 6to4
      return dotted(first, second)
    default:
      return undefined
  }
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
