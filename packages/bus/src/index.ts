export { SyncError } from '@hms-sync/client'
