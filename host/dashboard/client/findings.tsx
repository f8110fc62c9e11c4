/** What an operator may want to change: calls that were denied, with the line to add, and errors with their place. @module */
import type { PageFindings } from '../../control/page-contract.ts'
import { CodeLine } from './code-line.tsx'
import { clock, count, placeIn, printable, printableLines } from './text.ts'

type Denial = PageFindings['denials'][number]
type Failure = PageFindings['failures'][number]

export function Findings({ denials, failures }: PageFindings) {
  return (
    <div>
      <section aria-labelledby="denied">
        <h2 id="denied">
          Denied <span class="number">{denials.length}</span>
        </h2>
        {denials.length === 0 ? (
          <p class="empty">Nothing was denied.</p>
        ) : (
          <ul class="findings">
            {denials.map((denial) => (
              <DenialItem key={`${denial.id} ${denial.timeMs} ${denial.target}`} denial={denial} />
            ))}
          </ul>
        )}
      </section>
      <section aria-labelledby="errors">
        <h2 id="errors">
          Errors <span class="number">{failures.length}</span>
        </h2>
        {failures.length === 0 ? (
          <p class="empty">No call has failed.</p>
        ) : (
          <ul class="findings">
            {failures.map((failure) => (
              <FailureItem key={`${failure.id} ${failure.timeMs}`} failure={failure} />
            ))}
          </ul>
        )}
      </section>
    </div>
  )
}

function DenialItem({ denial }: { readonly denial: Denial }) {
  const { agent = '', capability, action, target, outcome, hint } = denial
  return (
    <li class="finding warn">
      <Head finding={denial} mark={outcome} agent={agent} />
      <p class="what">
        {printable(capability)} {printable(action)} <code>{printable(target)}</code>
      </p>
      {hint === undefined ? null : <CodeLine text={hint} label="the line to add" />}
    </li>
  )
}

function FailureItem({ failure }: { readonly failure: Failure }) {
  const { agent = '', state, message, hint } = failure
  const [first = '', ...rest] = message.split('\n')
  const place = placeIn(message)
  return (
    <li class="finding bad">
      <Head finding={failure} mark={state} agent={agent} />
      <p class="what">{printable(first)}</p>
      {place === undefined ? null : <p class="place">{printable(place)}</p>}
      {rest.length === 0 ? null : (
        <details>
          <summary>Stack</summary>
          <pre tabindex={0}>{printableLines(rest.join('\n'))}</pre>
        </details>
      )}
      {hint === undefined ? null : <CodeLine text={hint} label="the remedy" />}
    </li>
  )
}

function Head({
  finding: { timeMs, count: times },
  mark,
  agent,
}: {
  readonly finding: Denial | Failure
  readonly mark: string
  readonly agent: string
}) {
  return (
    <p class="finding-head">
      <strong>{printable(agent)}</strong> <span class="mark">{printable(mark)}</span>
      <span class="soft">
        {times === 1 ? '' : `${count(times)} times, last at `}
        {clock(timeMs)}
      </span>
    </p>
  )
}
