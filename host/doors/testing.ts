/**
 * Agents in tests: with stores in memory, servers that the test plays, a clock that stands still, random numbers that repeat, and
 * everything an agent did to look at. For any test runner. Node only.
 *
 * @module
 *
 * @example
 * ```ts
 * import { testAgent } from 'mayfly/testing'
 *
 * await using agent = await testAgent('my-agent')
 * const response = await agent.fetch('/')
 * await response.text()
 * agent.denied // nothing
 * agent.usage.calls // such as { kv: 1 }
 * ```
 */
export {
  ScriptedHttp,
  testAgent,
  type AgentUsage,
  type Chunks,
  type Denial,
  type RecordedRequest,
  type ScriptedAnswer,
  type ScriptedRoute,
  type StoredValue,
  type TestAgent,
  type TestAgentOptions,
  type TestClock,
  type TestSecret,
  type TestStore,
  type ToolFunction,
  type ToolFunctionCall,
  type UrlTest,
} from '../test-agent/index.ts'
