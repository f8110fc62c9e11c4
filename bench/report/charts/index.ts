/** The charts, in the order of the page. @module */
import type { Chart } from '../chart.ts'
import { historyChart } from './history.ts'
import { isolationChart, latencyChart } from './isolation.ts'
import { loadLatencyChart, memoryChart, throughputChart } from './lines.ts'
import { loadingChart, servingChart } from './phases.ts'

export const CHARTS: readonly Chart[] = [
  isolationChart,
  latencyChart,
  throughputChart,
  loadLatencyChart,
  memoryChart,
  servingChart,
  loadingChart,
  historyChart,
]
