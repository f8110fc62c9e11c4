import { describe, expect, it } from 'vitest'
import { payloadOf } from '../../host-module/testing.ts'
import { adapted } from '../testing/adapted.ts'
import { wasiSockets } from './sockets.ts'

describe('wasiSockets()', () => {
  it.for([
    ['wasi:sockets/tcp-create-socket', 'createTcpSocket'],
    ['wasi:sockets/udp-create-socket', 'createUdpSocket'],
    ['wasi:sockets/ip-name-lookup', 'resolveAddresses'],
  ] as const)('links %s and denies it', async ([name, method]) => {
    const { of, events } = await adapted(wasiSockets(), undefined)
    expect(of('wasi:sockets/instance-network')['instanceNetwork']?.()).toBeTypeOf('object')
    expect(await payloadOf(() => of(name)[method]?.('ipv4'))).toBe('access-denied')
    expect(events).toMatchObject([{ capability: 'sockets', outcome: 'denied' }])
  })

  it.for(['TcpSocket', 'UdpSocket'])('denies a %s of WASI 0.3, by a variant', async (name) => {
    const { of, events } = await adapted(wasiSockets(), undefined)
    const Socket = of('wasi:sockets/types@0.3')[name] as unknown as { create: () => unknown }
    expect(await payloadOf(() => Socket.create())).toEqual({ tag: 'access-denied' })
    expect(events).toMatchObject([
      { capability: 'sockets', outcome: 'denied', hint: expect.stringContaining('HTTP') },
    ])
  })
})
