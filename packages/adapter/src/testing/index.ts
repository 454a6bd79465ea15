/** The conformance suite for sinks: what every sink must do, run by any test runner. Published as `@hms-sync/adapter/testing`. */

export { describeSink, runSinkCase, sinkCases } from './describe-sink.js'
export { HostileHttp, type HttpMood } from './hostile-http.js'
export { badText, type Impossible, SinkBench, type SinkHarness, type SinkValue } from './sink-bench.js'
export { type Case, type Disposable, type Runner, registerCases, runCase, within } from './suite.js'
export { type Trouble, type TroubleName, troubles } from './troubles.js'
