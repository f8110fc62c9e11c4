/**
 * Lines for the operator, bounded per invocation.
 *
 * Lines beyond the bound are dropped, and one line reports that. So a guest can neither fill the disk of its host nor
 * bury its earlier lines.
 *
 * @module
 */

import type { Capability, ConfiguredModule, InvocationContext } from '../../host-module/index.ts'
import type { LogGrant } from './grant.ts'
import type { LogDriver, LogLevel } from './driver.ts'

export function log(driver: LogDriver): Capability {
  return {
    name: 'log',
    interfaces: ['mayfly:agent/log'],
    suspends: [],
    example: '"log": true',
    configure({ grant }): ConfiguredModule {
      // The manifest's parser has checked the shape and filled in the bound.
      const granted = grant as LogGrant
      return {
        granted: granted !== false,
        prepare: (context) => ({
          'mayfly:agent/log': {
            write: granted === false ? drop : boundedWrite(driver, context, granted.maxBytes),
          },
        }),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}

function drop(): void {}

function boundedWrite(
  driver: LogDriver,
  context: InvocationContext,
  maxBytes: number,
): (level: LogLevel, message: string) => void {
  const { agent, digest, id, budget } = context
  let left = maxBytes
  let exceeded = false
  return function write(level, message) {
    if (exceeded) return
    // Two bytes for each UTF-16 unit estimate the cost of a line to its sink, and need no encoding.
    const bytes = message.length * 2
    left -= bytes
    context.work('line')
    context.work('byte', bytes)
    if (left >= 0 && budget.take('logBytes', bytes))
      return driver.write({ agent, digest, id, level, message })
    exceeded = true
    driver.write({
      ...{ agent, digest, id, level: 'warn' },
      message: 'Log budget spent: further lines dropped',
    })
    context.record({
      capability: 'log',
      action: 'write',
      target: 'log',
      outcome: 'limited',
      hint: `Raise capabilities.log.maxBytes in the agent.json of "${agent}"`,
    })
  }
}
