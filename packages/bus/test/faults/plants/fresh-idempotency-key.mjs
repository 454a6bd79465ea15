/** The bug: each try of an event brings another Idempotency-Key. */
const { HttpSink } = await import(new URL('../../../../adapter/dist/sinks/http.js', import.meta.url).href)

const { apply } = HttpSink.prototype
HttpSink.prototype.apply = function (deliveries, signal) {
  const fresh = deliveries.map((delivery) => ({ ...delivery, idempotencyKey: `${delivery.idempotencyKey}-${process.hrtime.bigint()}` }))
  return apply.call(this, fresh, signal)
}
