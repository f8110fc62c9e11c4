/** WebSockets that clients open. @module */
export { websocket, type WebSocketServerOptions } from './websocket.ts'
