/** WebSockets in memory keep the contract. @module */
import { describe, it } from 'vitest'
import { memoryWebSocket } from './memory-websocket.ts'
import { WEBSOCKET_BEHAVIOURS, WEBSOCKET_CONFORMANCE } from './conformance.ts'

const driver = memoryWebSocket({
  serve({ url, protocols }) {
    const use = WEBSOCKET_BEHAVIOURS[url.pathname]
    if (use === undefined) throw new Error('Nothing is there')
    return { protocol: protocols[0] ?? '', use }
  },
})

describe('memoryWebSocket()', () => {
  it.each(WEBSOCKET_CONFORMANCE)('$name', ({ run }) => run({ driver, origin: 'http://any' }))
})
