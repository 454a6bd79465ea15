/** Conformance suites: what every engine and every store must do, run by any test runner. Published as `hms-sync/testing`. */

export { type BusStorage, BusTest, TestMember } from './bus-test.js'
export { busCases, describeBus, runBusCase } from './describe-bus.js'
export { describeEngine, engineCases, runEngineCase } from './describe-engine.js'
export { describeStore, runStoreCase, storeCases } from './describe-store.js'
export { EngineBench, type EngineHarness } from './engine-bench.js'
export { ManualClock } from './manual-clock.js'
export { StoreBench, type StoreHarness } from './store-bench.js'
export type { Case, Runner } from './suite.js'
