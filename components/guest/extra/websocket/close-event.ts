/** The event that ends a WebSocket. @module */

interface CloseEventInit extends EventInit {
  wasClean?: boolean
  code?: number
  reason?: string
}

export class CloseEvent extends Event {
  readonly wasClean: boolean
  readonly code: number
  readonly reason: string

  constructor(type: string, init: CloseEventInit = {}) {
    super(type, init)
    this.wasClean = Boolean(init.wasClean)
    this.code = Number(init.code ?? 0) & 0xffff
    this.reason = String(init.reason ?? '')
  }

  get [Symbol.toStringTag](): string {
    return 'CloseEvent'
  }
}
