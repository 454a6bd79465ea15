/** The bug: an adapter's work, here a map that takes three seconds, is done on the thread that accepts events. */
import { dist } from './dist.mjs'

const { HostedAdapter } = await dist('adapters/hosted-adapter.js')
const { receive } = HostedAdapter.prototype
HostedAdapter.prototype.receive = function (deliveries) {
  if (deliveries.some(({ event }) => event.wire.includes('"n":13'))) {
    for (const until = performance.now() + 3_000; performance.now() < until; );
  }
  return receive.call(this, deliveries)
}
