/**
 * Every entry of the IANA special-purpose registries, and every form that carries an IPv4 address in an IPv6 one, each
 * beside a neighbour that is public.
 *
 * @module
 */

import { describe, expect, it } from 'vitest'
import { canonicalAddress, networkOf, type AddressNetwork } from './address.ts'

// First and last address of each block, and its network.
// https://www.iana.org/assignments/iana-ipv4-special-registry
const IPV4: readonly [first: string, last: string, network: AddressNetwork][] = [
  ['0.0.0.0', '0.255.255.255', 'reserved'],
  ['10.0.0.0', '10.255.255.255', 'private'],
  ['100.64.0.0', '100.127.255.255', 'private'],
  ['127.0.0.0', '127.255.255.255', 'loopback'],
  ['169.254.0.0', '169.254.255.255', 'reserved'],
  ['172.16.0.0', '172.31.255.255', 'private'],
  ['192.0.0.0', '192.0.0.255', 'reserved'],
  ['192.0.2.0', '192.0.2.255', 'reserved'],
  ['192.88.99.0', '192.88.99.255', 'reserved'],
  ['192.168.0.0', '192.168.255.255', 'private'],
  ['198.18.0.0', '198.19.255.255', 'reserved'],
  ['198.51.100.0', '198.51.100.255', 'reserved'],
  ['203.0.113.0', '203.0.113.255', 'reserved'],
  ['224.0.0.0', '255.255.255.255', 'reserved'],
]

// https://www.iana.org/assignments/iana-ipv6-special-registry
const IPV6: readonly [first: string, last: string, network: AddressNetwork][] = [
  ['64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff', 'reserved'], // NAT64, local use
  ['100::', '100::ffff:ffff:ffff:ffff', 'reserved'], // Discard
  ['100:0:0:1::', '100:0:0:1:ffff:ffff:ffff:ffff', 'reserved'], // Dummy
  ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', 'reserved'], // Protocols
  ['2001:0:7f00:1::', '2001::808:808', 'reserved'], // Teredo
  ['2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff', 'reserved'], // Benchmarks
  ['2001:20::', '2001:2f:ffff::', 'reserved'], // ORCHID
  ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 'reserved'],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', 'reserved'],
  ['5f00::', '5f00:ffff::', 'reserved'], // Segment routing
  ['fc00::', 'fdff:ffff::', 'private'],
  ['fe80::', 'febf:ffff::', 'reserved'],
  ['fec0::', 'feff:ffff::', 'reserved'], // Site-local
  ['ff00::', 'ffff:ffff::', 'reserved'],
  ['4000::', 'fbff:ffff::', 'reserved'], // Never given out
]

const PUBLIC = [
  '1.0.0.0',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '172.32.0.0',
  '192.0.1.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2001:200::',
  '2001:db7:ffff::',
  '2001:db9::',
  '2620:fe::fe',
  '3fff:1000::',
  '2600:1f00::ffff:127.0.0.1', // Looks mapped, and is not
  '2606:4700::5eff:10.0.0.1', // Looks like ISATAP, and is not
]

// The network of an IPv4 address, which is the same for each form that carries the address.
const CARRIED: readonly [address: string, network: AddressNetwork][] = [
  ['8.8.8.8', 'public'],
  ['10.1.2.3', 'private'],
  ['127.0.0.2', 'loopback'],
  ['169.254.169.254', 'reserved'],
  ['100.100.100.200', 'reserved'],
]
const FORMS: readonly [name: string, of: (address: string) => string][] = [
  ['mapped', (address) => `::ffff:${address}`],
  ['translated', (address) => `::ffff:0:${address}`],
  ['compatible', (address) => `::${address}`],
  ['NAT64', (address) => `64:ff9b::${address}`],
  ['6to4', (address) => `2002:${hex(address)}:1::5`],
  ['ISATAP', (address) => `2606:4700::5efe:${address}`],
  ['ISATAP, universal', (address) => `2606:4700::200:5efe:${address}`],
  ['ISATAP in 6to4', (address) => `2002:808:808::5efe:${address}`],
]

describe('networkOf()', () => {
  it.each([...IPV4, ...IPV6])('puts %s to %s into %s', (first, last, network) => {
    expect([networkOf(first), networkOf(last)]).toEqual([network, network])
  })

  it.each(PUBLIC)('takes %s for public', (address) => {
    expect(networkOf(address)).toBe('public')
  })

  it.each(FORMS)('sees through an address that is %s', (_, form) => {
    const seen = CARRIED.map(([address]) => networkOf(form(address)))
    expect(seen).toEqual(CARRIED.map(([, network]) => network))
  })

  it.each([
    // The /48 form of RFC 6052, and the one of a /96: a translator takes either.
    '64:ff9b:1:a00:0:100:808:808',
    '64:ff9b:1:a9fe:a9:fe00:808:808',
    '64:ff9b:1::10.0.0.1',
    '64:ff9b:1::8.8.8.8',
  ])('grants %s to no agent: only its translator knows which address it carries', (address) => {
    expect(networkOf(address)).toBe('reserved')
  })

  it.each([
    ['fd00::5efe:8.8.8.8', 'private'],
    ['fd00::5efe:10.0.0.1', 'private'],
    ['fe80::5efe:8.8.8.8', 'reserved'],
    ['fd00::5efe:127.0.0.1', 'reserved'],
    ['2002:7f00:1::5efe:8.8.8.8', 'loopback'],
    ['2002:a00:1::5efe:127.0.0.1', 'reserved'],
  ])('goes by both ends of a tunnel: %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('canonicalAddress()', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::ffff:7f00:1', '127.0.0.1'],
    ['FD00::0:1%eth0', 'fd00:0:0:0:0:0:0:1'],
    ['fd00:0::1', 'fd00:0:0:0:0:0:0:1'],
    ['a.test', undefined],
  ])('writes %s as %s', (address, canonical) => {
    expect(canonicalAddress(address)).toBe(canonical)
  })
})

function hex(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}
