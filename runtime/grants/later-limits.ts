/** Limits that hosts of earlier versions do not know, with their defaults: a manifest that has those means the same. @module */

export const LATER_LIMITS: Readonly<Record<string, number>> = {
  connectionMs: 0,
  cryptoOperations: 10_000,
  queueMessages: 100,
  websocketMessages: 10_000,
}
