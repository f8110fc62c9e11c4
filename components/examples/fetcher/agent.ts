/** Fetches from the one host it is granted, and shows what a refusal looks like. @module */
import { type Agent, CapabilityError } from 'mayfly/guest'

export default {
  async fetch(request, env) {
    // `?url=` is anybody's to choose: what may be reached is decided by the manifest, not here.
    const url = new URL(request.url).searchParams.get('url') ?? env.config.UPSTREAM ?? ''
    try {
      const started = performance.now()
      const upstream = await fetch(url)
      const text = await upstream.text()
      const tookMs = performance.now() - started
      return Response.json({ url, status: upstream.status, characters: text.length, tookMs })
    } catch (error) {
      if (!(error instanceof CapabilityError)) throw error
      const status = error.code === 'denied' ? 403 : 502
      return Response.json({ url, error: error.code }, { status })
    }
  },
} satisfies Agent
