/** A webhook whose signature is right, and one whose is not: with the secret as a text, and as a key of the host. @module */
import Stripe from 'stripe'
import type { Keys } from '../keys.ts'

const options = {
  payload: JSON.stringify({ id: 'evt_1', object: 'event', type: 'charge.succeeded' }),
  secret: 'whsec_x',
  timestamp: 1,
}

export default async function run(_: string, env: Keys): Promise<unknown> {
  const stripe = new Stripe('sk_test_x')
  const header = await stripe.webhooks.generateTestHeaderStringAsync(options)
  // The library imports the secret as a key, and signs: it uses no more of it. This one is a key already.
  const { subtle } = crypto
  const key = await env.secrets.key('WEBHOOK')
  const provider = Stripe.createSubtleCryptoProvider({
    importKey: async () => key,
    sign: (...given: Parameters<typeof subtle.sign>) => subtle.sign(...given),
  } as unknown as SubtleCrypto)
  const read = (payload: string, secret: string, by?: typeof provider): Promise<unknown> =>
    stripe.webhooks
      .constructEventAsync(payload, header, secret, Infinity, by)
      .then(({ type }) => type)
      .catch((error: Error) => error.constructor.name)
  return [
    await read(options.payload, 'whsec_x'),
    await read(options.payload, 'whsec_y'),
    await read(options.payload, 'unused', provider),
    await read(options.payload.replace('evt_1', 'evt_2'), 'unused', provider),
  ]
}
