/** The bug: the Idempotency-Key of a later try is another. */
const { HttpSink } = await import(new URL('../../../../adapter/dist/sinks/http.js', import.meta.url).href)

const { apply } = HttpSink.prototype
HttpSink.prototype.apply = function (deliveries, signal) {
  const others = deliveries.map((delivery) => ({ ...delivery, idempotencyKey: `${delivery.idempotencyKey}-${delivery.attempt}` }))
  return apply.call(this, others, signal)
}
