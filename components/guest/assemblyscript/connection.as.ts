/**
 * A connection of `websocket`, until the request ends.
 *
 * @module
 */

export class Connection {
  constructor(readonly handle: u32) {}
}
