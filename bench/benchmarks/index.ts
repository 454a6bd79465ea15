import type { Benchmark } from '../harness/figure.js'
import { acceptAndDeliver } from './accept-and-deliver.js'
import { backlog } from './backlog.js'
import { batchPublish } from './batch-publish.js'
import { deliveries } from './deliveries.js'
import { deliveryLatency } from './delivery-latency.js'
import { foreignIds } from './foreign-ids.js'
import { growth } from './growth.js'
import { latency } from './latency.js'
import { manyAdapters } from './many-adapters.js'
import { replay } from './replay.js'
import { sdkPublish } from './sdk-publish.js'
import { singlePublish } from './single-publish.js'
import { sqliteSink } from './sqlite-sink.js'
import { troubledTargets } from './troubled-targets.js'
import { waitingMillion } from './waiting-million.js'

/** In the order they run. */
export const benchmarks: readonly Benchmark[] = [
  singlePublish,
  batchPublish,
  sdkPublish,
  latency,
  replay,
  foreignIds,
  waitingMillion,
  deliveries,
  deliveryLatency,
  acceptAndDeliver,
  manyAdapters,
  backlog,
  troubledTargets,
  sqliteSink,
  growth,
]
