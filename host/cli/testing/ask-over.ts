/** Asks a host over connections that stay open. @module */
import { get, type Agent } from 'node:http'

export interface Asked {
  readonly status: number | undefined
  readonly text: string
}

export function askOver(connections: Agent, url: string): Promise<Asked> {
  return new Promise((resolve, reject) => {
    get(url, { agent: connections }, (message) => {
      let text = ''
      message.setEncoding('utf8')
      message.on('data', (chunk: string) => (text += chunk))
      message.on('end', () => resolve({ status: message.statusCode, text }))
    }).on('error', reject)
  })
}
