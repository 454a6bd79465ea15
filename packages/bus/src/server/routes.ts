import { adapterRoutes } from './adapters.js'
import { deadLetterRoutes } from './dead-letters.js'
import { deliveryRoutes } from './deliveries.js'
import { docsRoutes } from './docs.js'
import { groupRoutes } from './groups.js'
import { homeRoutes } from './home.js'
import { openApiRoutes } from './openapi.js'
import { operationRoutes } from './operation.js'
import { publishRoutes } from './publish.js'
import { pullRoutes } from './pull.js'
import { readEventsRoutes } from './read-events.js'
import { replayRoutes } from './replays.js'
import type { Route, ServerParts } from './route.js'
import { settleRoutes } from './settle.js'
import { streamRoutes } from './socket.js'
import { topicRoutes } from './topics.js'

/** Every door of the server, in the order of the reference. */
export function allRoutes(parts: ServerParts): readonly Route[] {
  const routes = [
    ...publishRoutes(parts),
    ...readEventsRoutes(parts),
    ...pullRoutes(parts),
    ...settleRoutes(parts),
    ...streamRoutes(),
    ...groupRoutes(parts),
    ...topicRoutes(parts),
    ...deadLetterRoutes(parts),
    ...deliveryRoutes(parts),
    ...replayRoutes(parts),
    ...adapterRoutes(parts),
    ...operationRoutes(parts),
    ...homeRoutes(parts),
  ]
  return [...routes, ...openApiRoutes(routes), ...docsRoutes(routes)]
}
