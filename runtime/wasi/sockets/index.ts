/** Sockets, denied. @module */
export { wasiSockets } from './sockets.ts'
