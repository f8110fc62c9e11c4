/**
 * Builds, and tells a waiting person the reason: the first build on a machine puts the engine together.
 *
 * @module
 */

import { buildAgent, type BuildAgentOptions, type BuiltAgent } from '../toolchain/index.ts'

// Every later build is done by then.
const PATIENCE_MS = 1500

let told = false

/** @throws as `buildAgent` does */
export async function buildSlowly(options: BuildAgentOptions): Promise<BuiltAgent> {
  const timer = setTimeout(tell, PATIENCE_MS)
  try {
    return await buildAgent(options)
  } finally {
    clearTimeout(timer)
  }
}

function tell(): void {
  // A program that reads stderr gets no message.
  if (told || !process.stderr.isTTY) return
  told = true
  console.error(
    'Building. The first time takes a while: the engine is put together, once for all agents',
  )
}
