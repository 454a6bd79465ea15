/** The health-care portal: `node portal.js clinic-7 "Harbour Clinic" "Mon-Fri 8-18"` changes the hours of a clinic. */
import EventBus from './sync/eventBus.js'
import { onClinicHoursChange } from './sync/publisher.js'

const [id, name, hours] = process.argv.slice(2)
await onClinicHoursChange({ id, name, hours })
console.log(`${id} is open ${hours}`)
await EventBus.close()
