export type { Bus, Message, Published, PublishOptions, SubscribeOptions, Subscription } from '@hms-sync/client'
export { SyncError } from '@hms-sync/client'
export { type OpenBusOptions, openBus } from './open-bus.js'
