/**
 * Runs the control plane for a request that a worker passed on.
 *
 * @module
 */

import type { ControlRequest, ControlResponse } from './protocol.ts'

export async function answerControl(
  fetch: (request: Request) => Response | Promise<Response>,
  { method, url, headers, body }: ControlRequest,
): Promise<ControlResponse> {
  const request = new Request(url, { method, headers, ...(body === undefined ? {} : { body }) })
  const response = await fetch(request)
  return {
    status: response.status,
    headers: [...response.headers],
    body: new Uint8Array(await response.arrayBuffer()),
  }
}
