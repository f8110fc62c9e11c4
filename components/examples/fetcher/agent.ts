/** Fetches from the one host it is granted, and shows how a refusal looks. @module */
import { type Agent, CapabilityError } from 'mayfly/guest'

export default {
  async fetch(request, env) {
    // Any client may choose `?url=`: the manifest decides which hosts may be reached, not this code.
    const url = new URL(request.url).searchParams.get('url') ?? env.config.UPSTREAM ?? ''
    try {
      const started = performance.now()
      const upstream = await fetch(url)
      const text = await upstream.text()
      const tookMs = performance.now() - started
      return Response.json({ url, status: upstream.status, characters: text.length, tookMs })
    } catch (error) {
      const { cause } = error as Error
      if (!(cause instanceof CapabilityError)) throw error
      const status = cause.code === 'denied' ? 403 : 502
      return Response.json({ url, error: cause.code }, { status })
    }
  },
} satisfies Agent
