import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'

/** The bus's busy threads: the one that accepts, the one that writes, its checkpointer, and an adapter. */
const busyThreads = 4

/**
 * Says how this process collects garbage. All three flags are read as they are needed, so that they may be set while it
 * runs; they count for all its threads.
 *
 * Events that wait for the disk or for a slow system outlive two young collections; V8 would let what becomes of them grow
 * to four times what lives, 80 MB at full speed, before it looks: it looks at 1.75 times. Where it saw events wait, it would
 * make their records among what is old from then on, and what those last pointed at stays alive until a full collection:
 * a third of all that passed through, and a quarter of the main thread's time. And collecting with four helpers costs more
 * than it saves where no processor is idle: a tenth of all the time of a busy bus on two.
 */
export function boundHeap(): void {
  setFlagsFromString('--heap-growing-percent=75')
  setFlagsFromString('--no-allocation-site-pretenuring')
  if (availableParallelism() <= busyThreads) setFlagsFromString('--no-parallel-scavenge')
}
