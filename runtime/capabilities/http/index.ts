/** Outbound HTTP. @module */
export { HttpRefusal, type HttpAsked, type HttpDriver, type HttpReply } from './driver.ts'
export type { HttpDriverOptions } from './driver-options.ts'
export { memoryWebSocket, type MemoryWebSocketOptions } from './memory-websocket.ts'
export { NETWORKS, type Network } from '../../manifest/index.ts'
export { http, type HttpOptions } from './http.ts'
export type {
  WebSocketAsked,
  WebSocketChannel,
  WebSocketDriver,
  WebSocketEnd,
  WebSocketListener,
  WebSocketOptions,
} from './websocket-driver.ts'
export type { Secret, SecretDriver } from './secret.ts'
