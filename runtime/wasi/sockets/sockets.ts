/**
 * `wasi:sockets`, present and denied. A component that was linked with a network library loads, and gets an error when
 * it uses the network. HTTP has its own capability.
 *
 * @module
 */
import {
  GuestError,
  type HostModule,
  type ConfiguredModule,
  type Imports,
  type InvocationContext,
} from '../../host-module/index.ts'
import { opaque } from '../opaque.ts'

class Network {}
class TcpSocket {}
class UdpSocket {}
class IncomingDatagramStream {}
class OutgoingDatagramStream {}
class ResolveAddressStream {}

export function wasiSockets(): HostModule {
  return {
    name: 'sockets',
    interfaces: [
      'wasi:sockets/instance-network',
      'wasi:sockets/network',
      'wasi:sockets/ip-name-lookup',
      'wasi:sockets/tcp',
      'wasi:sockets/tcp-create-socket',
      'wasi:sockets/udp',
      'wasi:sockets/udp-create-socket',
      'wasi:sockets/types@0.3',
      'wasi:sockets/ip-name-lookup@0.3',
    ],
    suspends: [],
    configure(): ConfiguredModule {
      return { granted: true, prepare, async [Symbol.asyncDispose]() {} }
    },
  }
}

function prepare(context: InvocationContext): Imports {
  function deny(action: string, code: unknown = 'access-denied'): () => never {
    return () => {
      context.record({
        capability: 'sockets',
        action,
        target: 'network',
        outcome: 'denied',
        hint: 'There are no sockets: requests over HTTP can be granted with capabilities.http',
      })
      throw new GuestError(code)
    }
  }
  // WASI 0.3 has variants for errors.
  const deny3 = (action: string): (() => never) => deny(action, { tag: 'access-denied' })
  return {
    'wasi:sockets/instance-network': { instanceNetwork: () => new Network() },
    'wasi:sockets/network': { Network: opaque(Network), networkErrorCode: () => undefined },
    'wasi:sockets/ip-name-lookup': {
      ResolveAddressStream: withMethods(ResolveAddressStream, ['resolveNextAddress', 'subscribe']),
      resolveAddresses: deny('resolve-addresses'),
    },
    'wasi:sockets/tcp': { TcpSocket: withMethods(TcpSocket, TCP_METHODS) },
    'wasi:sockets/tcp-create-socket': { createTcpSocket: deny('create-tcp-socket') },
    'wasi:sockets/udp': {
      UdpSocket: withMethods(UdpSocket, UDP_METHODS),
      IncomingDatagramStream: withMethods(IncomingDatagramStream, ['receive', 'subscribe']),
      OutgoingDatagramStream: withMethods(OutgoingDatagramStream, [
        'checkSend',
        'send',
        'subscribe',
      ]),
    },
    'wasi:sockets/udp-create-socket': { createUdpSocket: deny('create-udp-socket') },
    'wasi:sockets/types@0.3': {
      TcpSocket: withMethods(TcpSocket, TCP_METHODS_3, { create: deny3('create-tcp-socket') }),
      UdpSocket: withMethods(UdpSocket, UDP_METHODS_3, { create: deny3('create-udp-socket') }),
    },
    'wasi:sockets/ip-name-lookup@0.3': { resolveAddresses: deny3('resolve-addresses') },
  }
}

const SHARED_METHODS = [
  'startBind',
  'finishBind',
  'localAddress',
  'remoteAddress',
  'addressFamily',
  'receiveBufferSize',
  'setReceiveBufferSize',
  'sendBufferSize',
  'setSendBufferSize',
  'subscribe',
]
const UDP_METHODS = [...SHARED_METHODS, 'stream', 'unicastHopLimit', 'setUnicastHopLimit']
const TCP_METHODS = [
  ...SHARED_METHODS,
  'startConnect',
  'finishConnect',
  'startListen',
  'finishListen',
  'accept',
  'isListening',
  'setListenBacklogSize',
  'keepAliveEnabled',
  'setKeepAliveEnabled',
  'keepAliveIdleTime',
  'setKeepAliveIdleTime',
  'keepAliveInterval',
  'setKeepAliveInterval',
  'keepAliveCount',
  'setKeepAliveCount',
  'hopLimit',
  'setHopLimit',
  'shutdown',
]

const SHARED_METHODS_3 = [
  'bind',
  'connect',
  'send',
  'receive',
  'getLocalAddress',
  'getRemoteAddress',
  'getAddressFamily',
  'getReceiveBufferSize',
  'setReceiveBufferSize',
  'getSendBufferSize',
  'setSendBufferSize',
]
const UDP_METHODS_3 = [
  ...SHARED_METHODS_3,
  'disconnect',
  'getUnicastHopLimit',
  'setUnicastHopLimit',
]
const TCP_METHODS_3 = [
  ...SHARED_METHODS_3,
  'listen',
  'getIsListening',
  'setListenBacklogSize',
  'getKeepAliveEnabled',
  'setKeepAliveEnabled',
  'getKeepAliveIdleTime',
  'setKeepAliveIdleTime',
  'getKeepAliveInterval',
  'setKeepAliveInterval',
  'getKeepAliveCount',
  'setKeepAliveCount',
  'getHopLimit',
  'setHopLimit',
]

/** Adds methods that link and are never called: no guest ever holds a socket. */
function withMethods(
  { name }: { readonly name: string },
  methods: readonly string[],
  statics: Readonly<Record<string, () => never>> = {},
): new (...args: never[]) => object {
  const refuse = (): never => {
    throw new GuestError('access-denied')
  }
  const prototype = Object.fromEntries(methods.map((each) => [each, refuse]))
  return opaque({ name, prototype }, statics)
}
