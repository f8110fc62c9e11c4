/** Native code. @module */
import sharp from 'sharp'

export default async function run(): Promise<unknown> {
  const create = { width: 2, height: 1, channels: 3 as const, background: 'red' }
  return (await sharp({ create }).raw().toBuffer()).length
}
