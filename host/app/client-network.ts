/** The part of an IP address that stands for one client. @module */

const GROUPS = 8
const NETWORK_GROUPS = 4 // 64 bits: what one customer of a provider has at least, and may change at will

/**
 * An IPv4 address, also where it stands inside an IPv6 one; the first 64 bits of any other IPv6 address. Clients without a
 * known address are one.
 */
export function clientNetwork(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const bare = address.toLowerCase().replace(/%.*$/, '')
  if (!bare.includes(':')) return bare
  const inner = /^(?:::|(?:0+:){5})ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1]
  if (inner !== undefined) return inner
  const [head = '', tail] = bare.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from(
    { length: Math.max(0, GROUPS - before.length - after.length) },
    () => '0',
  )
  const groups = tail === undefined ? before : [...before, ...zeros, ...after]
  return groups.slice(0, NETWORK_GROUPS).map(withoutZeros).join(':')
}

function withoutZeros(group: string): string {
  return group.replace(/^0+(?=.)/, '')
}
