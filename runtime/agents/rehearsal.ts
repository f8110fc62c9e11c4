/**
 * Answers a few requests with a component of our own, `rehearsal.wat`, while the first agent of a process is compiled.
 *
 * Without it the first request of the process waits until the platform has loaded its `Request` and `Response` (20 of
 * 32 ms in Node) and has parsed our code. No code and no grant of an agent is used, and nothing of it stays.
 *
 * @module
 */
import { fromHex } from '../encoding/index.ts'
import type { Agent } from './agent-interface.ts'
import type { LoadOptions } from './runtime-options.ts'

/** A runtime of its own, without capabilities. */
interface Stage {
  load(options: Pick<LoadOptions, 'component' | 'manifest'>): Promise<Agent>
  close(): Promise<void>
}

// More did not make the first request of an agent quicker.
const ROUNDS = 5
const MANIFEST = { name: 'rehearsal' }
const TEXT = '{}'

let rehearsal: Promise<void> | undefined

/** Rehearses once in a process. Never rejects: agents are served as well without it, only later. */
export function rehearseOnce(open: () => Stage): Promise<void> {
  return (rehearsal ??= rehearse(open()))
}

async function rehearse(stage: Stage): Promise<void> {
  try {
    const agent = await stage.load({ component: fromHex(BINARY), manifest: MANIFEST })
    for (let round = 0; round < ROUNDS; round++)
      for (const request of requests()) {
        const response = await agent.fetch(request)
        await response.text()
      }
  } catch {
    // What fails here fails again with an agent, and is reported there.
  } finally {
    await stage.close()
  }
}

/** One of each way in which a body is read. */
function requests(): Request[] {
  const url = 'http://localhost/'
  const headers = { 'content-length': String(TEXT.length) }
  return [
    new Request(url),
    new Request(url, { method: 'POST', body: TEXT }),
    new Request(url, { method: 'POST', body: TEXT, headers }),
  ]
}

const BINARY: string =
  '0061736d0d00010001da010061736d0100000001150260047f7f7f7f017f60087f7f7f7f7f7f7f7f017f030302000105' +
  '030100020607017f014180080b071d03066d656d6f72790200077265616c6c6f6300000668616e646c6500010a280213' +
  '00230041076a4178712200200020036a24000b1200410c20063602004110200736020041000b0b49040041000b0cc800' +
  '000020000000010000000041200b10400000000c000000600000000a0000000041c0000b0c636f6e74656e742d747970' +
  '650041e0000b0a746578742f706c61696e0012046e616d650002016d0707010004667265650204010000000744076f02' +
  '73737000707d7204066d6574686f64730375726c7307686561646572730104626f6479027000707d7203067374617475' +
  '737b07686561646572730404626f6479050496020061736d0d0001000744076f0273737000707d7204066d6574686f64' +
  '730375726c7307686561646572730104626f6479027000707d7203067374617475737b07686561646572730404626f64' +
  '79050a1a020007726571756573740300030008726573706f6e7365030006070e01400107726571756573740700080a0b' +
  '01000668616e646c6501090b1a020007726571756573740307000008726573706f6e7365030800070e01400107726571' +
  '756573740a000b0b0e01000668616e646c65010001010c00510e636f6d706f6e656e742d6e616d650006057368656c6c' +
  '010a0101000668616e646c65012c030700066865616465720307726571756573740608726573706f6e73650702696e08' +
  '036f75740a01610b0162070e0140010772657175657374030006062303000001000668616e646c6500020100066d656d' +
  '6f727900000100077265616c6c6f63080a01000000020300040107052201000003077265717565737403030872657370' +
  '6f6e736503060668616e646c6501000b2001001a6d6179666c793a6167656e742f68616e646c657240302e312e300500' +
  '0000620e636f6d706f6e656e742d6e616d65010600110100016d0106001201000169010a0101000668616e646c65011d' +
  '030300066865616465720307726571756573740608726573706f6e73650109040100057368656c6c010b050100076861' +
  '6e646c6572'
