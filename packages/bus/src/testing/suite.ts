/** How suites are written and run: the same for engines, stores, buses and sinks. */
export { type Case, type Runner, registerCases, runCase, within } from '@hms-sync/adapter/testing'
