/** Large answers of several agents, whose bytes lie in the same buffers one after another. */
import { describe, expect, it } from 'vitest'
import type { AbortSource } from '../host-module/index.ts'
import { WholeAnswer, type Answer } from '../serve/index.ts'
import type { LoadedAgent } from './agent.ts'
import { hostile } from './testing/hostile.ts'
import { stage } from './testing/stage.ts'

const LENGTH = 100_000
const REQUEST = new Request('http://any/')

/** The text of an agent that answers so many bytes of one kind. */
function answering(byte: number, length: number): string {
  return hostile('huge-response')
    .replace('"memory") 641', '"memory") 4')
    .replace('41943040', String(length))
    .replace(
      '(i32.store8 (i32.const 0) (i32.const 0))',
      `(memory.fill (i32.const 65536) (i32.const ${byte}) (i32.const ${length}))
       (i32.store8 (i32.const 0) (i32.const 0))`,
    )
}

/** The connection of a client, as a server reports it. */
class Client implements AbortSource {
  readonly aborted = false
  readonly #listeners: ((isSent: boolean) => void)[] = []

  addEventListener(): void {}
  removeEventListener(): void {}

  onClose(listener: (isSent: boolean) => void): void {
    this.#listeners.push(listener)
  }

  close(isSent: boolean): void {
    for (const listener of this.#listeners) listener(isSent)
  }
}

async function actors() {
  const theatre = await stage()
  const load = async (byte: number, length: number): Promise<LoadedAgent> =>
    // The runtime makes no other.
    (await theatre.load(answering(byte, length))) as LoadedAgent
  return { theatre, load }
}

function bodyOf(answer: Answer | Promise<Answer>): Uint8Array {
  if (answer instanceof WholeAnswer && answer.body !== null) return answer.body
  throw new TypeError('the agent did not answer at once')
}

function asked(agent: LoadedAgent, client?: Client): Uint8Array {
  return bodyOf(agent.reply(REQUEST, client === undefined ? {} : { signal: client }))
}

describe('AnswerRoom', () => {
  it('has the next answer in the buffer of one that was sent, and nothing of that one', async () => {
    const { theatre, load } = await actors()
    await using _ = theatre
    const [secret, other] = [await load(0x53, LENGTH), await load(0x6f, LENGTH - 700)]
    const client = new Client()
    const first = asked(secret, client)
    expect(first).toEqual(new Uint8Array(LENGTH).fill(0x53))
    client.close(true)
    const second = asked(other, new Client())
    expect(second.buffer).toBe(first.buffer)
    expect(second).toEqual(new Uint8Array(LENGTH - 700).fill(0x6f))
    expect(new Uint8Array(second.buffer)).not.toContain(0x53)
  })

  it('has each answer for itself until its client has it', async () => {
    const { theatre, load } = await actors()
    await using _ = theatre
    const [one, other] = [await load(0x31, LENGTH), await load(0x32, LENGTH)]
    const bodies = [asked(one, new Client()), asked(other, new Client()), asked(one, new Client())]
    expect(new Set(bodies.map(({ buffer }) => buffer)).size).toBe(3)
    expect(bodies.map(([byte]) => byte)).toEqual([0x31, 0x32, 0x31])
  })

  it('uses no buffer again whose client has left', async () => {
    const { theatre, load } = await actors()
    await using _ = theatre
    const agent = await load(0x31, LENGTH)
    const client = new Client()
    const first = asked(agent, client)
    client.close(false)
    expect(asked(agent, new Client()).buffer).not.toBe(first.buffer)
  })

  it('leaves answers alone where the platform does not say when they are sent', async () => {
    const { theatre, load } = await actors()
    await using _ = theatre
    const agent = await load(0x31, LENGTH)
    const bodies = [asked(agent), asked(agent)]
    expect(bodies[0]?.buffer).not.toBe(bodies[1]?.buffer)
    expect(bodies.map(({ buffer }) => buffer.byteLength)).toEqual([LENGTH, LENGTH])
  })
})
