/**
 * The counts of an agent as its process sends them.
 *
 * @module
 */
import type { SandboxStats } from '../agents/index.ts'
import { printable } from '../errors/index.ts'
import { malformed } from './frame.ts'

const RESETS: readonly SandboxStats['reset'][] = ['pages', 'copy', 'fresh']

// Why a state cannot be restored: more than a component has core modules with reasons of their own.
const MAX_REASONS = 64
// Characters of one of them.
const MAX_REASON = 400

/** @returns JSON */
export function encodeStats(stats: SandboxStats): string {
  const unstampable = stats.unstampable
    .slice(0, MAX_REASONS)
    .map((reason) => reason.slice(0, MAX_REASON))
  const kept = Object.entries(stats.waiting.kept).slice(0, MAX_REASONS)
  const waiting = { ...stats.waiting, kept: Object.fromEntries(kept) }
  return JSON.stringify({ ...stats, unstampable, waiting })
}

/** @throws {MayflyError} when it is no JSON; what is no count counts as 0 */
export function decodeStats(json: string): SandboxStats {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    throw malformed('its counts are no JSON')
  }
  const stats = (parsed ?? {}) as Record<string, unknown> // Each is checked
  const reasons = Array.isArray(stats['unstampable']) ? stats['unstampable'] : []
  return {
    pauses: count(stats['pauses']),
    slots: count(stats['slots']),
    slotsWaiting: count(stats['slotsWaiting']),
    waiting: decodeWaiting(stats['waiting']),
    imageBytes: count(stats['imageBytes']),
    stampMicros: count(stats['stampMicros']),
    reset: RESETS.find((reset) => reset === stats['reset']) ?? 'fresh',
    unstampable: reasons
      .slice(0, MAX_REASONS)
      .filter((reason) => typeof reason === 'string')
      .map((reason) => printable(reason.slice(0, MAX_REASON))),
  }
}

function decodeWaiting(sent: unknown): SandboxStats['waiting'] {
  const waiting = (sent ?? {}) as Record<string, unknown> // Each is checked
  const kept = Object.entries((waiting['kept'] ?? {}) as Record<string, unknown>)
  return {
    guests: count(waiting['guests']),
    bytes: count(waiting['bytes']),
    refused: count(waiting['refused']),
    moves: count(waiting['moves']),
    kept: Object.fromEntries(
      kept
        .slice(0, MAX_REASONS)
        .map(([reason, guests]) => [printable(reason.slice(0, MAX_REASON)), count(guests)]),
    ),
  }
}

function count(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value < Infinity ? value : 0
}
