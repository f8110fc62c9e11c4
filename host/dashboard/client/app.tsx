/** The page as a whole: follows its host, and carries out what its buttons say. @module */
import { useEffect, useState } from 'hono/jsx/dom'
import { Activity } from './activity.tsx'
import { Agents } from './agents.tsx'
import { Findings } from './findings.tsx'
import { HostBar } from './host-bar.tsx'
import { Ended, HostClient } from './host-client.ts'
import { EMPTY, opened, withRecent, type Model } from './model.ts'
import { leave, type Reason } from './session.ts'
import { SignedOut } from './signed-out.tsx'
import { counted, milliseconds } from './text.ts'

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 5_000

export interface AppProps {
  readonly token: string
}

interface Notice {
  readonly tone: 'good' | 'bad'
  readonly text: string
}

export function App({ token }: AppProps) {
  const [client] = useState(() => new HostClient(token))
  const [model, setModel] = useState<Model>(EMPTY)
  const [gone, setGone] = useState<Reason | undefined>(undefined)
  const [notice, setNotice] = useState<Notice | undefined>(undefined)
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set())
  const [isStopping, setStopping] = useState(false)

  const end = (reason: Reason): void => {
    leave()
    setGone(reason)
  }

  useEffect(() => {
    let isOver = false
    void followForEver(client, setModel, () => isOver).catch(() => end('ended'))
    return () => {
      isOver = true
    }
  }, [])

  /** Does `work`, and says how it went. */
  const carryOut = async (work: () => Promise<string>): Promise<void> => {
    try {
      setNotice({ tone: 'good', text: await work() })
    } catch (error) {
      if (error instanceof Ended) return end('ended')
      setNotice({ tone: 'bad', text: error instanceof Error ? error.message : String(error) })
    }
  }
  const whileBusy = async (agent: string, work: () => Promise<string>): Promise<void> => {
    setBusy((names) => new Set([...names, agent]))
    await carryOut(work)
    setBusy((names) => new Set([...names].filter((name) => name !== agent)))
  }
  const stop = (agent: string): Promise<void> =>
    whileBusy(agent, async () => {
      const { stopped, tookMs } = await client.stop(agent)
      return `${agent} stopped in ${milliseconds(tookMs)}${ofCalls(stopped)}`
    })
  const start = (agent: string): Promise<void> =>
    whileBusy(agent, async () => {
      const { tookMs } = await client.start(agent)
      return `${agent} started in ${milliseconds(tookMs)}`
    })
  const stopAll = async (): Promise<void> => {
    setStopping(true)
    await carryOut(async () => {
      const { agents, stopped, tookMs } = await client.stop()
      return `${counted(agents.length, 'agent')} stopped in ${milliseconds(tookMs)}${ofCalls(stopped)}`
    })
    setStopping(false)
  }

  if (gone !== undefined) return <SignedOut reason={gone} />
  const { state, findings, requests, logs, lost, line } = model
  if (state === undefined) {
    return line === 'broken' ? <SignedOut reason="unreachable" /> : <Waiting />
  }
  const { agents, url } = state
  const stopped = agents.filter(({ disabled }) => disabled).map(({ name }) => name)
  const startAll = (): void => void Promise.all(stopped.map(start))
  return (
    <div class="page">
      <a class="skip" href="#agents">
        To the agents
      </a>
      <HostBar
        state={state}
        line={line}
        found={{ denied: findings.denials.length, errors: findings.failures.length }}
        isStopping={isStopping}
        onStopAll={() => void stopAll()}
        onStartAll={stopped.length === 0 ? undefined : startAll}
        onLeave={() => {
          void client.leave().catch(() => {})
          end('no link')
        }}
      />
      <p role="status" class={`notice ${notice?.tone ?? 'none'}`}>
        {notice?.text ?? ''}
      </p>
      <main>
        <div class="column">
          <Agents
            agents={agents}
            url={url}
            busy={busy}
            onStop={(agent) => void stop(agent)}
            onStart={(agent) => void start(agent)}
          />
        </div>
        <div class="column">
          <Findings {...findings} />
          <Activity
            requests={requests}
            logs={logs}
            lost={lost}
            agents={agents.map(({ name }) => name)}
          />
        </div>
      </main>
    </div>
  )
}

function Waiting() {
  return (
    <main class="lonely">
      <h1>Mayfly</h1>
      <p>One moment.</p>
    </main>
  )
}

function ofCalls(stopped: number): string {
  return stopped === 0 ? '' : `: ${counted(stopped, 'running call')} ended`
}

type SetModel = (change: (model: Model) => Model) => void

/** Follows again and again, in growing intervals while the host does not answer. @throws {Ended} */
async function followForEver(
  client: HostClient,
  setModel: SetModel,
  isOver: () => boolean,
): Promise<void> {
  let waitMs = FIRST_RETRY_MS
  while (!isOver()) {
    try {
      await client.follow({
        state(state) {
          waitMs = FIRST_RETRY_MS
          setModel((model) => opened(model, state))
        },
        findings: (findings) => setModel((model) => ({ ...model, findings })),
        recent: (recent) => setModel((model) => withRecent(model, recent)),
      })
    } catch (error) {
      if (error instanceof Ended) throw error
    }
    setModel((model) => ({ ...model, line: 'broken' }))
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    waitMs = Math.min(LAST_RETRY_MS, waitMs * 2)
  }
}
