/** Answers of the control plane, as a person at a terminal reads them. @module */

import { printableLines } from '../../../../runtime/errors/index.ts'
import type {
  AgentList,
  AgentSummary,
  ApprovalList,
  ApprovalSummary,
  AuditHeads,
  ChangeResult,
  DeployResult,
  HostHealth,
  PageLink,
  RestoreResult,
  ScheduleList,
  ScheduleRun,
  ScheduleSummary,
  VersionDiff,
  VersionList,
  VersionName,
  VersionSummary,
  StopResult,
  WorkerList,
} from '../../../control/index.ts'
import { formatDuration } from '../../format.ts'
import { tableOf } from '../../table.ts'

/** How each answer reads, by what was asked for. `metrics` is text already. */
interface Answers {
  readonly agents: AgentList
  readonly health: HostHealth
  readonly workers: WorkerList
  readonly approvals: ApprovalList
  readonly audit: AuditHeads
  readonly schedules: ScheduleList
  readonly run: ScheduleRun
  readonly versions: VersionList
  readonly diff: VersionDiff
  readonly deploy: DeployResult
  readonly rollback: DeployResult
  readonly page: PageLink
  readonly stop: StopResult
  readonly kill: ChangeResult
  readonly disable: ChangeResult
  readonly enable: ChangeResult
  readonly grants: ChangeResult | RestoreResult
}

export type Answer = keyof Answers

const DIGEST = 'sha256:'
// As git shortens: few agents have more versions than that tells apart. `--json` has the whole.
const DIGEST_LETTERS = 12

const TEXTS: { readonly [Word in Answer]: (answer: Answers[Word]) => string } = {
  agents: ({ agents }) =>
    agents.length === 0
      ? 'No agent is served'
      : tableOf(
          ['AGENT', 'AT', 'VERSION', 'INVOCATIONS', 'FAILED', 'ACTIVE', 'STATE', 'CAPABILITIES'],
          agents.map(agentRow),
        ),
  health: ({ status, agents, workers, uptimeSeconds, audit }) =>
    [
      `${status}: ${counted(agents, 'agent')}, ${workers.ready} of ${counted(workers.wanted, 'worker')} ready, up ${uptime(uptimeSeconds)}`,
      ...(audit === undefined ? [] : [`Nothing is recorded: ${audit}`]),
    ].join('\n'),
  workers: ({ workers, memory }) =>
    [
      tableOf(
        ['WORKER', 'STATE', 'LOAD'],
        workers.map(({ name, state, load }) => [name, state, `${Math.round(load * 100)} %`]),
      ),
      `Memory of the host: ${megabytes(memory.residentBytes)} of ${megabytes(memory.totalBytes)}`,
    ].join('\n'),
  page: ({ url, expiresAt }) => `${url}\nIt opens the page once, until ${expiresAt}`,
  stop: stopText,
  approvals: ({ approvals }) =>
    approvals.length === 0
      ? 'Nothing was approved'
      : tableOf(
          ['AGENT', 'VERSION', 'POLICY', 'APPROVED', 'STATE', 'TAKEN AWAY'],
          approvals.map(approvalRow),
        ),
  audit: ({ heads }) =>
    tableOf(
      ['FILE', 'RECORDS', 'HASH'],
      heads.map(({ file, sequence, hash }) => [file, sequence, hash]),
    ),
  schedules: ({ schedules }) =>
    schedules.length === 0
      ? 'No agent has a schedule'
      : tableOf(['AGENT', 'CRON', 'TIME ZONE', 'NEXT', 'LAST'], schedules.map(scheduleRow)),
  run: (run) => `Ran ${run.agent}, "${run.cron}": ${runText(run)}`,
  versions: ({ agent, versions }) =>
    versions.length === 0
      ? `No version of ${agent} is kept`
      : tableOf(
          ['REVISION', 'COMPONENT', 'DEPLOYED', 'BY', 'STATE', 'APPROVAL', 'POWERS'],
          versions.map(versionRow),
        ),
  diff: diffText,
  deploy: deployText,
  rollback: deployText,
  kill: (answer) => changeText('Killed', answer),
  disable: (answer) => changeText('Disabled', answer),
  enable: (answer) => changeText('Enabled', answer),
  grants: (answer) => ('restored' in answer ? restoreText(answer) : changeText('Narrowed', answer)),
}

/** @throws {SyntaxError} for an answer that is not JSON */
export function answerText<Word extends Answer>(word: Word, json: string): string {
  // The cast: the control plane wrote it, and `contract.ts` says what.
  return printableLines(TEXTS[word](JSON.parse(json) as Answers[Word]))
}

function agentRow(agent: AgentSummary): (string | number)[] {
  const { name, route, hosts, shared, digest, disabled, capabilities } = agent
  const places = [...(shared ? [route] : []), ...hosts.map((host) => host + route)]
  return [
    name,
    places.join(' '),
    short(digest),
    agent.invocations,
    agent.failures,
    agent.active,
    disabled ? 'disabled' : 'enabled',
    capabilities.join(' '),
  ]
}

function approvalRow(approval: ApprovalSummary): string[] {
  const { agent, component, policy, approvedAt, disabled, taken } = approval
  const parts = taken.map(({ grant, narrow }) =>
    narrow === undefined ? grant : `${grant} (narrowed)`,
  )
  const state = disabled ? 'disabled' : 'enabled'
  return [agent, short(component), short(policy), approvedAt, state, parts.join(' ')]
}

function scheduleRow({
  agent,
  cron,
  timezone,
  nextAt = 'never',
  isRunning,
  last,
}: ScheduleSummary): string[] {
  const state = last === undefined ? '' : `${last.at} ${runText(last)}`
  return [agent, cron, timezone, nextAt, isRunning ? 'goes on now' : state]
}

function versionRow(version: VersionSummary): string[] {
  const { revision, component, deployedAt, by, state, approval, gains, powers } = version
  const needs = approval === 'needed' ? `needed: ${gains.join(', ')}` : approval.replace('-', ' ')
  return [short(revision), short(component), deployedAt, by, state, needs, powers.join(', ')]
}

function diffText({
  agent,
  from,
  to,
  gained,
  lost,
  sameComponent,
  sameAssets,
}: VersionDiff): string {
  const nameOf = ({ revision, component }: VersionName): string =>
    `${short(revision)} (component ${short(component)})`
  const isSame = gained.length === 0 && lost.length === 0
  return [
    `${agent} ${nameOf(from)} -> ${nameOf(to)}`,
    ...gained.map((line) => `  + ${line.replaceAll('\n', ' ')}`),
    ...lost.map((line) => `  - ${line.replaceAll('\n', ' ')}`),
    ...(isSame ? ['  the same powers and limits'] : []),
    `  ${sameComponent ? 'the same' : 'other'} code, ${sameAssets ? 'the same' : 'other'} assets`,
  ].join('\n')
}

function runText({
  state,
  reason,
  missed,
  tookMs,
}: Omit<ScheduleRun, 'agent' | 'cron' | 'timezone'>): string {
  const why = reason === undefined ? '' : `: ${reason}`
  const made = missed === 0 ? '' : `, for ${missed} missed before it`
  return `${state} after ${formatDuration(tookMs)}${made}${why}`
}

function deployText(answer: DeployResult): string {
  const { agent, component, isNew, tookMs } = answer
  const what = isNew ? ', which is new' : ''
  return [
    `Serves ${agent} ${short(component)}${what}, after ${formatDuration(tookMs)}`,
    ...listed('gained', answer.gained),
    ...listed('lost', answer.lost),
    ...listed('stays revoked', answer.revoked),
    ...listed('stays narrowed', answer.narrowed),
    ...listed('lease begins anew', answer.renewed),
  ].join('\n')
}

function restoreText({ agent, restored, tookMs, ...rest }: RestoreResult): string {
  return [
    `Gave back to ${agent}: ${restored.join(', ')}, after ${formatDuration(tookMs)}`,
    ...listed('gained', rest.gained),
    ...listed('stays revoked', rest.revoked),
    ...listed('stays narrowed', rest.narrowed),
  ].join('\n')
}

function changeText(deed: string, answer: ChangeResult): string {
  const { agent, stopped, workers, silent, terminated, tookMs } = answer
  const stops = stopped === 0 ? '' : `, ${counted(stopped, 'invocation')} stopped`
  return [
    `${deed} ${agent}${stops}: ${counted(workers, 'worker')} after ${formatDuration(tookMs)}`,
    ...(silent === 0
      ? []
      : [`  ${counted(silent, 'worker')} busy: each applies it before it runs this agent again`]),
    ...(terminated === 0 ? [] : [`  ${counted(terminated, 'worker')} had to be ended`]),
  ].join('\n')
}

function stopText({ agents, stopped, workers, silent, terminated, tookMs }: StopResult): string {
  if (agents.length === 0 && stopped === 0) return 'Nothing to stop: all agents are disabled'
  const agent = agents.length === 1 ? (agents[0] ?? '') : counted(agents.length, 'agent')
  return changeText('Stopped', { agent, stopped, workers, silent, terminated, tookMs })
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`
}

function listed(label: string, parts: readonly string[]): string[] {
  return parts.map((part) => `  ${label}: ${part.replaceAll('\n', ' ')}`)
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}

function short(digest: string): string {
  const hex = digest.startsWith(DIGEST) ? digest.slice(DIGEST.length) : digest
  return hex.slice(0, DIGEST_LETTERS)
}

function uptime(seconds: number): string {
  const whole = Math.floor(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`
}
