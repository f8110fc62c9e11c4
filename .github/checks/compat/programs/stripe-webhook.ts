/** A webhook whose signature is right, and one whose is not. @module */
import Stripe from 'stripe'

export default async function run(): Promise<unknown> {
  const stripe = new Stripe('sk_test_x')
  const payload = JSON.stringify({ id: 'evt_1', object: 'event', type: 'charge.succeeded' })
  const options = { payload, secret: 'whsec_x', timestamp: 1 }
  const header = await stripe.webhooks.generateTestHeaderStringAsync(options)
  const read = (secret: string): Promise<unknown> =>
    stripe.webhooks
      .constructEventAsync(payload, header, secret, Infinity)
      .then(({ type }) => type)
      .catch((error: Error) => error.constructor.name)
  return [await read('whsec_x'), await read('whsec_y')]
}
