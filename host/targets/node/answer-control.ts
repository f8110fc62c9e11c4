/**
 * Answers a request of the control plane that another thread passed on, and makes requests that can be passed on.
 *
 * @module
 */

import type { ControlRequest, ControlResponse } from './protocol.ts'

export async function answerControl(
  fetch: (request: Request) => Response | Promise<Response>,
  { method, url, headers, body }: ControlRequest,
  signal?: AbortSignal,
): Promise<ControlResponse> {
  const request = new Request(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(signal && { signal }),
  })
  const response = await fetch(request)
  return {
    status: response.status,
    headers: [...response.headers],
    body: new Uint8Array(await response.arrayBuffer()),
  }
}

/** `request` as data. Its body is read whole. */
export async function asControlRequest(request: Request): Promise<ControlRequest> {
  const { method, url, headers, body } = request
  const bytes = body === null ? undefined : new Uint8Array(await request.arrayBuffer())
  return { method, url, headers: [...headers], body: bytes }
}
