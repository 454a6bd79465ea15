/** For whoever carries frames some other way than a WebSocket: `openBus()` of package hms-sync does. */
export type { BusOverOptions, OpenedBus } from './bus-over.js'
export { busOver } from './bus-over.js'
export type { Channel, ChannelHandlers, OpenChannel } from './link/open-channel.js'
