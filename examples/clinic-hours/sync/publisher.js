// sync/publisher.js
import EventBus from './eventBus.js'

/** Resolves when the change is stored durably; then every system will hear of it. */
export function onClinicHoursChange(clinic) {
  return EventBus.emit('clinicHoursUpdated', clinic)
}
