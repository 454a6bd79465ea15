import type { RouteDoc } from './route.js'
import { object, text } from './schema-pieces.js'

export const healthDoc: RouteDoc = {
  id: 'health',
  tag: 'operation',
  summary: 'Is the process alive?',
  answers: { 200: { description: 'It is.', content: { 'application/json': object({ alive: { const: true } }) } } },
}

export const readyDoc: RouteDoc = {
  id: 'ready',
  tag: 'operation',
  summary: 'Are events accepted?',
  answers: {
    200: {
      description: 'They are; with what an acknowledged event survives.',
      content: { 'application/json': object({ ready: { const: true }, durability: text }) },
    },
  },
  problems: [503],
}

export const metricsDoc: RouteDoc = {
  id: 'metrics',
  tag: 'operation',
  summary: 'Metrics for Prometheus',
  answers: { 200: { description: 'Prometheus text.', content: { 'text/plain': { type: 'string' } } } },
}

export const openApiDoc: RouteDoc = {
  id: 'openApi',
  tag: 'operation',
  summary: 'This document',
  answers: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': { type: 'object' } } } },
}

export const docsDoc: RouteDoc = {
  id: 'docs',
  tag: 'operation',
  summary: 'The reference, to read',
  answers: { 200: { description: 'A page.', content: { 'text/html': { type: 'string' } } } },
}

export const homeDoc: RouteDoc = {
  id: 'home',
  tag: 'operation',
  summary: 'What this is, with topics, groups and adapters',
  answers: { 200: { description: 'A page.', content: { 'text/html': { type: 'string' } } } },
}

export const streamDoc: RouteDoc = {
  id: 'stream',
  tag: 'events',
  summary: 'The WebSocket of the SDK',
  description: 'JSON frames as `@hms-sync/client` defines them in `wire.ts`: hello, publish, subscribe, credit, settle, unsubscribe.',
  answers: { 101: { description: 'The connection is a WebSocket from now on.' } },
  problems: [503],
}
