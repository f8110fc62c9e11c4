/**
 * How the request got to the agent: from which client, and below which path. The host writes both into fields of the
 * request, in the place of any that a client has sent.
 *
 * @module
 */
import type { HostRequest } from './host.ts'

/** Who has sent the request. */
export interface Client {
  /** An IP address, such as `203.0.113.7` or `2001:db8::1`. Nothing when the host does not know it. */
  readonly address: string | undefined
}

let current: Pick<HostRequest, 'headers'> | undefined

/** Called when a request arrives. Its headers are read when an agent asks. */
export function arrives(request: Pick<HostRequest, 'headers'>): void {
  current = request
}

export function basePath(): string {
  return fieldOf('x-forwarded-prefix') ?? ''
}

export function client(): Client {
  return { address: fieldOf('x-forwarded-for') }
}

function fieldOf(name: string): string | undefined {
  // While an agent is built there is no request.
  return current?.headers.find(([each]) => each === name)?.[1]
}
