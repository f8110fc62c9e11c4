/** A program that loads an agent, does no more, and writes how often the agent was asked when it ends. @module */
import { readFile } from 'node:fs/promises'
import { standardCapabilities } from '../../presets/index.ts'
import { Runtime } from '../index.ts'

const [, , file = ''] = process.argv
let asked = 0
await new Runtime({
  capabilities: standardCapabilities(),
  toWarmUp: () => standardCapabilities({ log: { write: () => void asked++ } }),
}).load({
  component: await readFile(file),
  manifest: { name: 'loaded' },
})
process.on('exit', () => process.stdout.write(String(asked)))
