/** The host itself: whether it serves, its workers, its memory, and the button that stops everything. @module */
import { useRef } from 'hono/jsx/dom'
import type { PageState, WorkerSummary } from '../../control/page-contract.ts'
import type { Model } from './model.ts'
import { bytes, count, counted, printable, uptime } from './text.ts'

export interface HostBarProps {
  readonly state: PageState
  readonly line: Model['line']
  /** How many findings there are. */
  readonly found: { readonly denied: number; readonly errors: number }
  readonly isStopping: boolean
  readonly onStopAll: () => void
  /** Absent when none is stopped. */
  readonly onStartAll: (() => void) | undefined
  readonly onLeave: () => void
}

export function HostBar(props: HostBarProps) {
  const { state, line, found, isStopping, onStopAll, onStartAll, onLeave } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const { health, workers, memory, url, version, agents } = state
  const running = agents.filter(({ disabled }) => !disabled).length
  return (
    <header>
      <div class="bar">
        <h1>Mayfly</h1>
        <Health line={line} status={health.status} />
        <Found {...found} />
        <span class="push" />
        {onStartAll === undefined ? null : (
          <button type="button" onClick={onStartAll}>
            Start all
          </button>
        )}
        <button
          type="button"
          class="danger strong"
          disabled={isStopping || running === 0}
          onClick={() => dialog.current?.showModal()}
        >
          Stop all
        </button>
      </div>
      <dl class="host">
        <div>
          <dt>At</dt>
          <dd class="address">{new URL(url).host}</dd>
        </div>
        <div>
          <dt>Workers</dt>
          <dd>
            {workers.map((worker) => (
              <Worker key={worker.name} worker={worker} />
            ))}
          </dd>
        </div>
        <div>
          <dt>Memory</dt>
          <dd>
            <meter
              aria-label="Memory of the host"
              min={0}
              max={memory.totalBytes}
              value={memory.residentBytes}
            />
            {bytes(memory.residentBytes)} of {bytes(memory.totalBytes)}
          </dd>
        </div>
        <div>
          <dt>Up</dt>
          <dd>{uptime(health.uptimeSeconds)}</dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>{version}</dd>
        </div>
        <div class="push">
          <dd>
            <button type="button" class="quiet" onClick={onLeave}>
              Sign out
            </button>
          </dd>
        </div>
      </dl>
      {health.audit === undefined ? null : (
        <p class="notice bad">Nothing is recorded now: {printable(health.audit)}</p>
      )}
      <dialog ref={dialog} aria-labelledby="stop-title">
        <form method="dialog">
          <h2 id="stop-title">Stop {counted(running, 'agent')}?</h2>
          <p>
            What they run is stopped now, and they refuse requests until they are started again.
          </p>
          <div class="buttons">
            <button type="submit">Cancel</button>
            <button type="submit" class="danger strong" onClick={onStopAll}>
              Stop all
            </button>
          </div>
        </form>
      </dialog>
    </header>
  )
}

function Health({ line, status }: { readonly line: Model['line']; readonly status: string }) {
  if (line === 'broken') return <span class="health bad">No answer</span>
  return status === 'ok' ? (
    <span class="health good">Serving</span>
  ) : (
    <span class="health warn">Degraded</span>
  )
}

/** The way to what wants an operator, however long the list of agents is. */
function Found({ denied, errors }: HostBarProps['found']) {
  return (
    <>
      {denied === 0 ? null : (
        <a class="warn" href="#denied">
          {count(denied)} denied
        </a>
      )}
      {errors === 0 ? null : (
        <a class="bad" href="#errors">
          {counted(errors, 'error')}
        </a>
      )}
    </>
  )
}

function Worker({ worker: { name, state, load } }: { readonly worker: WorkerSummary }) {
  const percent = Math.round(load * 100)
  const told = state === 'ready' ? `${percent} %` : state
  return (
    <span class="worker">
      <meter aria-label={`Load of ${name}`} min={0} max={100} high={90} value={percent} />
      {told}
    </span>
  )
}
