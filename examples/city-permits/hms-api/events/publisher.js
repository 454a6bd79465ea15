import EventBus from './event-bus-client.js'

/** Resolves when the event is stored durably; then nothing can take it back. */
export function publishPermitApproved(data) {
  // topic name + JSON payload
  return EventBus.publish('permitApproved', JSON.stringify(data))
}
