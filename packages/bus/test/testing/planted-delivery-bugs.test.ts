import { vi } from 'vitest'
import { Consumption } from '#dist/delivery/consumption/consumption.js'
import { Lanes } from '#dist/delivery/consumption/lanes.js'
import { OutcomeWatch } from '#dist/delivery/consumption/outcome-watch.js'
import { Tries } from '#dist/delivery/consumption/tries.js'
import { Aftermath } from '#dist/delivery/failures/aftermath.js'
import { DeadLetters } from '#dist/delivery/failures/dead-letters.js'
import { Parking } from '#dist/delivery/failures/parking.js'
import { Group } from '#dist/delivery/groups/group.js'
import { AttemptLog } from '#dist/delivery/history/attempt-log.js'
import { DeadLetterDesk } from '#dist/delivery/operations/dead-letter-desk.js'
import { Replay } from '#dist/delivery/operations/replay.js'
import { PausedTargets } from '#dist/delivery/targets/paused-targets.js'
import { Target } from '#dist/delivery/targets/target.js'
import { TokenBucket } from '#dist/delivery/targets/token-bucket.js'
import type { Change, Store } from '#dist/store/store.js'
import { describePlants, overlay, type Plant } from './planted-bugs.js'

describePlants('a planted bug in how failing systems are treated', [
  {
    bug: 'an outage costs attempts',
    caughtBy: 'charges no attempt for a system that is out of reach, and probes it with one delivery at a time',
    plant: () =>
      vi.spyOn(Consumption.prototype, 'excused').mockImplementation(function (this: Consumption, entry, reason) {
        this.failed(entry, reason, 0).catch(() => {})
      }),
  },
  {
    bug: 'a system that is out of reach is hammered',
    caughtBy: 'charges no attempt for a system that is out of reach, and probes it with one delivery at a time',
    plant: () => vi.spyOn(Target.prototype, 'allowance').mockReturnValue(Number.POSITIVE_INFINITY),
  },
  {
    bug: 'a system that is out of reach is tried again at once',
    caughtBy: 'probes after growing pauses of at most half a minute',
    plant: () => {
      const failed = Target.prototype.failed
      vi.spyOn(Target.prototype, 'failed').mockImplementation(function (this: Target, reason) {
        failed.call(this, reason)
        this.pause(reason)
        this.resume()
      })
    },
  },
  {
    bug: 'Retry-After is ignored',
    caughtBy: 'waits as long as an overloaded system asks',
    plant: () => {
      const failed = Target.prototype.failed
      vi.spyOn(Target.prototype, 'failed').mockImplementation(function (this: Target, reason) {
        failed.call(this, reason)
      })
    },
  },
  {
    bug: 'the tries of an outage that showed late are not given back',
    caughtBy: 'takes failures of five keys with no success between for the failure of the system, and gives the tries back',
    plant: () => vi.spyOn(Consumption.prototype, 'forgive').mockReturnValue(),
  },
  {
    bug: 'a few events that always fail are taken for an outage without end',
    caughtBy: 'gives up on events that fail again each time others have succeeded, though they are many and the others few',
    plant: () =>
      vi.spyOn(Consumption.prototype, 'failed').mockImplementation(async function (this: Consumption, entry, reason) {
        this.excused(entry, reason)
      }),
  },
  {
    bug: 'a system that fails is probed with the same event each time',
    caughtBy: 'probes with another event when one was what brought the system down',
    plant: () =>
      vi.spyOn(Consumption.prototype, 'excused').mockImplementation(function (this: Consumption, entry, reason) {
        this.note(reason)
        this.handBack([entry])
      }),
  },
  {
    bug: 'what waited goes out at once when the system answers again',
    caughtBy: 'releases what waited at a limited rate',
    plant: () => {
      const allowance = Target.prototype.allowance
      vi.spyOn(Target.prototype, 'allowance').mockImplementation(function (this: Target) {
        return this.health().state === 'recovering' ? Number.POSITIVE_INFINITY : allowance.call(this)
      })
    },
  },
  {
    bug: 'what waits behind its key is taken for gone out',
    caughtBy: 'releases what waited at a limited rate, also when few keys hold it all',
    plant: () => vi.spyOn(TokenBucket.prototype, 'idle', 'get').mockReturnValue(true),
  },
  {
    bug: 'the rate limit counts nothing',
    caughtBy: 'sends no more a second than the group asks for',
    plant: () => vi.spyOn(TokenBucket.prototype, 'take').mockReturnValue(),
  },
  {
    bug: 'a pause is forgotten at a restart',
    caughtBy: 'pauses a system that fails for too long, over a restart, until it is resumed',
    plant: () => vi.spyOn(PausedTargets.prototype, 'load').mockResolvedValue(),
  },
  {
    bug: "a retry's due time is forgotten at a restart",
    caughtBy: 'waits for the next try of an event over a restart',
    plant: () => {
      const of = Tries.prototype.of
      vi.spyOn(Tries.prototype, 'of').mockImplementation(function (this: Tries, offset) {
        return { ...of.call(this, offset), delayMs: 0 }
      })
    },
  },
  {
    bug: 'an event that is tried out is taken for done',
    caughtBy: 'gives one event that fails while others succeed its own schedule, and then up',
    plant: () =>
      vi.spyOn(Consumption.prototype, 'giveUp').mockImplementation(function (this: Consumption, entry) {
        return this.done(entry, false)
      }),
  },
])

describePlants('a planted bug in how failures are mended', [
  {
    bug: 'a dead letter is not written',
    caughtBy: 'keeps a dead letter with its reason and its tries, over a crash',
    store: without((change) => change.kind === 'dead_letter'),
  },
  {
    bug: 'the tries of a dead letter are not written',
    caughtBy: 'keeps a dead letter with its reason and its tries, over a crash',
    plant: () => vi.spyOn(AttemptLog.prototype, 'take').mockReturnValue([]),
  },
  {
    bug: 'newer state of a key makes no dead letter stale',
    caughtBy: 'supersedes a dead letter when a newer event of its key is applied, and refuses to send it again',
    plant: () => vi.spyOn(DeadLetters.prototype, 'applied').mockReturnValue(null),
  },
  {
    bug: 'a stale dead letter that waits for its turn is sent all the same',
    caughtBy: 'sends a dead letter again before the newer event of its key that waits, and not after it was applied',
    plant: () => vi.spyOn(Lanes.prototype, 'dropSuperseded').mockReturnValue(),
  },
  {
    bug: 'an edit is forgotten',
    caughtBy: 'delivers a dead letter that is sent again, edited or not, and says so',
    store: without((change) => change.kind === 'dead_letter' && change.letter.edited),
  },
  {
    bug: 'the tries of a dead letter begin anew with each redrive',
    caughtBy: 'keeps the number of a dead letter that gives up again, and counts its tries on',
    plant: () => {
      const make = DeadLetters.prototype.make
      vi.spyOn(DeadLetters.prototype, 'make').mockImplementation(function (this: DeadLetters, entry, ...others) {
        const made = make.call(this, entry, ...others)
        return made.kind === 'dead_letter' ? { ...made, letter: { ...made.letter, attempts: entry.attempts } } : made
      })
    },
  },
  {
    bug: 'a redrive is forgotten at a crash',
    caughtBy: 'goes on with a redrive that a crash broke off',
    store: without((change) => change.kind === 'dead_letter_state' && change.state === 'redriving'),
  },
  {
    bug: 'any number of dead letters is sent again at once',
    caughtBy: 'sends no more dead letters again at once than may be on their way, and says how many remain',
    store: (store) => overlay(store, { countDeadLetters: async () => 0 }),
  },
  {
    bug: 'a redrive says nothing of those it has left',
    caughtBy: 'sends no more dead letters again at once than may be on their way, and says how many remain',
    plant: () => {
      const redrive = DeadLetterDesk.prototype.redrive
      vi.spyOn(DeadLetterDesk.prototype, 'redrive').mockImplementation(async function (this: DeadLetterDesk, ...args) {
        return { ...(await redrive.apply(this, args)), remaining: 0 }
      })
    },
  },
  {
    bug: 'a dry run changes something',
    caughtBy: 'says what a redrive would do, and does nothing',
    plant: () => {
      const redrive = DeadLetterDesk.prototype.redrive
      vi.spyOn(DeadLetterDesk.prototype, 'redrive').mockImplementation(function (this: DeadLetterDesk, filter) {
        return redrive.call(this, filter, false)
      })
    },
  },
  {
    bug: 'nothing is parked',
    caughtBy: 'parks later events of the key until the dead letter is mended, and then sends all in order',
    plant: () => vi.spyOn(Parking.prototype, 'hold').mockReturnValue(),
  },
  {
    bug: 'what is parked goes on by itself after a crash',
    caughtBy: 'keeps parked what is parked, over a crash',
    store: (store) =>
      overlay(store, {
        openFailures: async (...of) => ({ ...(await store.openFailures(...of)), openKeys: [] }),
      }),
  },
  {
    bug: 'any number of keys is held in memory',
    caughtBy: 'reads no further while dead letters hold as many keys as may be, over a restart, and goes on when they are mended',
    plant: () => vi.spyOn(Aftermath.prototype, 'full', 'get').mockReturnValue(false),
  },
  {
    bug: 'keys that were not read for want of room are never read',
    caughtBy: 'reads no further while dead letters hold as many keys as may be, over a restart, and goes on when they are mended',
    plant: () => vi.spyOn(Group.prototype, 'startAgain').mockReturnValue(),
  },
  {
    bug: 'a skipped dead letter holds its key for ever',
    caughtBy: 'lets parked events go when the dead letter is skipped',
    plant: () => vi.spyOn(DeadLetters.prototype, 'settled').mockReturnValue(),
  },
  {
    bug: 'what is parked while the last parked event is under way is forgotten',
    caughtBy: 'goes on with a key whose next event came while the last parked one was under way',
    plant: () => vi.spyOn(Parking.prototype, 'free').mockReturnValue(true),
  },
  {
    bug: 'what is sent again waits behind what waits for it',
    caughtBy: 'lets events of a key wait in the log beyond those that may be parked, and sends all in order once it is mended',
    plant: () => vi.spyOn(Aftermath.prototype, 'displace').mockReturnValue(null),
  },
  {
    bug: 'what was parked stays beside what a seek back reads again',
    caughtBy: 'parks once more what a seek back has read again, and once only',
    store: without((change) => change.kind === 'parked_dropped'),
  },
  {
    bug: 'a seek forgets all that is parked',
    caughtBy: 'keeps parked at a seek what lies before the new place, and so does not come from the log again',
    store: (store) =>
      overlay(store, {
        commit: (changes) => store.commit(changes.map((change) => (change.kind === 'parked_dropped' ? { ...change, from: 0n } : change))),
      }),
  },
  {
    bug: 'a skipped dead letter makes an older one stale',
    caughtBy: 'still sends the older of two dead letters of a key again when the newer one was skipped',
    plant: () => {
      const { settled } = DeadLetters.prototype
      vi.spyOn(DeadLetters.prototype, 'skipped').mockImplementation(settled)
    },
  },
  {
    bug: 'a parked event that gives up does not hold what comes behind it',
    caughtBy: 'makes a parked event that is refused a dead letter of its own, and what comes behind it waits on',
    plant: () => vi.spyOn(DeadLetters.prototype, 'holds').mockReturnValue(false),
  },
  {
    bug: 'what is parked is read from the log when its turn comes',
    caughtBy: 'holds no trimming back for what is parked',
    store: without((change) => change.kind === 'parked'),
  },
  {
    bug: 'what came after the letter is sent before what is parked',
    caughtBy: 'parks later events of the key until the dead letter is mended, and then sends all in order',
    plant: () => {
      const parks = Aftermath.prototype.parks
      vi.spyOn(Aftermath.prototype, 'parks').mockImplementation(function (this: Aftermath, key): key is string {
        return parks.call(this, key) && this.parkedOf(key!) < 2
      })
    },
  },
])

describePlants('a planted bug in what is remembered and sent again', [
  {
    bug: 'of the tries only the failures are remembered',
    caughtBy: 'remembers every try, the newest first, a page at a time',
    plant: () => {
      const add = AttemptLog.prototype.add
      vi.spyOn(AttemptLog.prototype, 'add').mockImplementation(function (this: AttemptLog, attempt) {
        if (attempt.outcome !== 'done') add.call(this, attempt)
      })
    },
  },
  {
    bug: 'whoever waits for an outcome hears of a delivery where there was none',
    caughtBy: 'tells what became of an event once every group is through with it',
    plant: () => {
      const tell = OutcomeWatch.prototype.tell
      vi.spyOn(OutcomeWatch.prototype, 'tell').mockImplementation(function (this: OutcomeWatch, offset, settled) {
        tell.call(this, offset, { ...settled, outcome: 'delivered' })
      })
    },
  },
  {
    bug: 'nothing tells the tries of a replay from the others',
    caughtBy: 'tells the tries of a replay from the others, over a crash',
    plant: () => {
      const add = AttemptLog.prototype.add
      vi.spyOn(AttemptLog.prototype, 'add').mockImplementation(function (this: AttemptLog, attempt) {
        add.call(this, { ...attempt, replay: false })
      })
    },
  },
  {
    bug: 'a replay overtakes itself',
    caughtBy: 'sends to one group again what it got since, in order, without moving its place',
    plant: () => {
      const sendAgain = Consumption.prototype.sendAgain
      vi.spyOn(Consumption.prototype, 'sendAgain').mockImplementation(function (this: Consumption, event, again) {
        return sendAgain.call(this, Object.create(event, { key: { value: null } }), again)
      })
    },
  },
  {
    bug: 'a replay sends what is parked',
    caughtBy: 'replays nothing of a key that waits behind its dead letter',
    plant: () => vi.spyOn(Aftermath.prototype, 'keepsBack').mockReturnValue(false),
  },
  {
    bug: 'a cancelled replay goes on',
    caughtBy: 'ends a replay when it is cancelled',
    plant: () => vi.spyOn(Replay.prototype, 'cancel').mockReturnValue(),
  },
  {
    bug: 'subscribers give up without having asked for it',
    caughtBy: 'gives up after as many tries as a group of subscribers asked for, and never without asking',
    plant: () => {
      const join = Group.prototype.join
      vi.spyOn(Group.prototype, 'join').mockImplementation(function (this: Group, topics, ackTimeoutMs, receiver, policy, paused) {
        return join.call(this, topics, ackTimeoutMs, receiver, { ...policy, maxAttempts: 2 }, paused)
      })
    },
  },
] satisfies readonly Plant[])

/** A store that says it has written these changes, and has not. */
function without(forgotten: (change: Change) => boolean): (store: Store) => Store {
  return (store) => overlay(store, { commit: (changes) => store.commit(changes.filter((change) => !forgotten(change))) })
}
