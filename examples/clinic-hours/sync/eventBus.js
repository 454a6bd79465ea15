// sync/eventBus.js
/** The shared connection of this program: made at first use, to EVENT_BUS_URL or http://127.0.0.1:4280. */
export { eventBus as default } from '@hms-sync/client'
