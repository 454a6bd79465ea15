/** Shared by the writer and the checkpointer: [0] counts the checkpoints asked for, [1] is 1 when the thread shall end. */
export type CheckpointSignal = Int32Array

export function makeCheckpointSignal(): CheckpointSignal {
  return new Int32Array(new SharedArrayBuffer(8))
}

export function raiseCheckpoint(signal: CheckpointSignal): void {
  Atomics.add(signal, 0, 1)
  Atomics.notify(signal, 0)
}

export function endCheckpoints(signal: CheckpointSignal): void {
  Atomics.store(signal, 1, 1)
  raiseCheckpoint(signal)
}

/** Waits until a checkpoint is asked for. Answers false when the thread shall end. Asks that came meanwhile count once. */
export function awaitCheckpoint(signal: CheckpointSignal, done: { count: number }): boolean {
  while (Atomics.load(signal, 0) === done.count) Atomics.wait(signal, 0, done.count)
  done.count = Atomics.load(signal, 0)
  return Atomics.load(signal, 1) === 0
}
