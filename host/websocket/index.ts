/** WebSockets of the package `ws`, as capabilities use them. @module */
export {
  loadWebSockets,
  SOCKET_OPTIONS,
  socketChannel,
  type ChannelOptions,
} from './socket-channel.ts'
