import type { AdapterInfo, AdapterTest, AdapterTestRequest } from '@hms-sync/client'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SyncBus } from '../bus.js'
import type { Log } from '../observe/log.js'
import type { Metrics } from '../observe/metrics.js'
import type { Limits, Project } from '../registry/config.js'
import type { LiveDoors } from './live-doors.js'
import type { PullDesks } from './pull-desks.js'

/** One door of the server: what it answers to, what the reference says of it, and what it does. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** In fastify's form: `/v1/topics/:topic/events`. */
  readonly url: string
  readonly doc: RouteDoc
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => unknown
}

/** What `/openapi.json` says of a route, short of what can be derived from its URL. */
export interface RouteDoc {
  /** Also the operation's id, camel-cased: unique among the routes. */
  readonly id: string
  readonly tag: 'events' | 'groups' | 'topics' | 'failures' | 'adapters' | 'operation'
  readonly summary: string
  readonly description?: string
  readonly query?: Readonly<Record<string, ParameterDoc>>
  readonly headers?: Readonly<Record<string, ParameterDoc>>
  /** Schema by media type. */
  readonly body?: Readonly<Record<string, SchemaDoc>>
  readonly answers: Readonly<Record<number, AnswerDoc>>
  /** Statuses of problems that the caller can meet beside those every route can answer. */
  readonly problems?: readonly number[]
}

export interface ParameterDoc {
  readonly description: string
  readonly schema: SchemaDoc
  readonly required?: boolean
}

export interface AnswerDoc {
  readonly description: string
  /** Schema by media type; absent: no body. */
  readonly content?: Readonly<Record<string, SchemaDoc>>
}

/** A JSON Schema (2020-12) or a reference into the document's components. */
export type SchemaDoc = { readonly [keyword: string]: unknown }

/** What the routes work with. */
export interface ServerParts {
  readonly bus: SyncBus
  readonly limits: Limits
  readonly log: Log
  readonly metrics: Metrics
  readonly adapters: AdaptersView
  /** Reads the project folder again; absent where there is none. */
  readonly reload?: Reload
  readonly live: LiveDoors
  readonly pulls: PullDesks
}

/** Reads the project folder anew. @throws SyncError `invalid_config` with every fault. */
export type Reload = () => Promise<Project>

/** The adapters as their host sees them. */
export interface AdaptersView {
  list(): readonly AdapterInfo[] | Promise<readonly AdapterInfo[]>
  /** Takes up a project that the bus has taken up: its topics and its adapter files. */
  apply?(project: Project): Promise<void>
  /** Loads one adapter's file anew. @throws SyncError `not_found`, `adapter_failed`. */
  reload?(name: string): Promise<AdapterInfo>
  /** What one adapter would send, without sending it. @throws SyncError `not_found`, `adapter_failed`, `invalid_event` and its like. */
  test?(name: string, request: AdapterTestRequest): Promise<readonly AdapterTest[]>
}
