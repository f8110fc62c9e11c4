/** What a target gives the data plane, and gets of it. @module */
import type { Hono } from 'hono'
import type { Answer } from '../../runtime/agents/index.ts'
import type { Connection, RequestEnvironment } from './connection.ts'
import type { DevPages } from './dev/index.ts'
import type { TakeDetail } from './failure-details.ts'
import type { RequestRates } from './request-rates.ts'
import type { RouteTable } from './route-table.ts'

/** One line of the request log. */
export interface RequestLine {
  /** The request id: the same in the answer, in logs and audit. */
  readonly id: string
  /** The client's own id of the request, when it sent one. Two requests may have the same. */
  readonly correlation?: string
  /** Absent when no agent was found. */
  readonly agent?: string
  /** Of the request. */
  readonly method: string
  /** Without the query, which may hold data that must not be logged. */
  readonly path: string
  /** Of the answer. */
  readonly status: number
  /** Until the headers of the answer were known. */
  readonly durationMs: number
  /** Why the host refused a request that its agent could have answered, which its operator may change. */
  readonly refusal?: string
  /** A fault of ours: the error, with its stack. */
  readonly fault?: string
}

export interface AppOptions {
  /** Read for every request: a deploy swaps the table. */
  table: () => RouteTable
  /** Answers everything under `/-/`. */
  control: (request: Request, id: string) => Promise<Response>
  /**
   * Whether agents answer to a host, with its port, that a request names. They always answer to hosts of their own. Paths
   * under `/-/` have their own rule.
   *
   * @default every host will do
   */
  isHostAllowed?: (host: string) => boolean
  /**
   * Tells why an agent failed, for its client.
   *
   * @default clients do not hear of it
   */
  takeDetail?: TakeDetail
  /**
   * Pages for the author of the agents.
   *
   * @default none: clients are not the author
   */
  dev?: DevPages
  /**
   * Whether `/` lists the agents at its host for a client, where none of them answers it.
   *
   * @default for none
   */
  isIndexShown?: (client: IndexClient) => boolean
  /**
   * Encodes answers of agents for clients that say which encodings they take.
   *
   * @default answers leave as they are
   */
  encode?: (answer: Answer, request: EncodedRequest) => Answer | Promise<Answer>
  /**
   * Counts requests to agents that have a bound on them.
   *
   * @default counts of its own
   */
  rates?: RequestRates
  /** Takes the log line of each request. It must not throw. */
  log: (line: RequestLine) => void
}

/** A client that asks for `/`. */
export interface IndexClient {
  /** That the request names, with its port. */
  readonly host: string
  /** An IP address; nothing when it is not known. */
  readonly address: string | undefined
  readonly headers: { get(name: string): string | null }
}

/** A request whose answer may be encoded. */
export interface EncodedRequest {
  readonly method: string
  /** The field `accept-encoding`. */
  readonly accept: string
}

/** The head of a request without a body, or with one that is there (`Connection.arrivedBody`), as its target has read it. */
export interface PlainRequest {
  /** In upper case. */
  readonly method: string
  /** Canonical, and with nothing that is encoded in its path. It is not under `/-`. */
  readonly url: string
}

/** The data plane, for targets that know the Web's `Request` only, and for those that know more. */
export interface App extends Hono<{ Bindings: RequestEnvironment }> {
  /** As `fetch`, without a `Request`, and without a `Response` of an answer that is whole. It never throws or rejects. */
  reply(request: PlainRequest, connection: Connection): Answer | Promise<Answer>
}
