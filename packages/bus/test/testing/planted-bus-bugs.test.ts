import { vi } from 'vitest'
import { Consumption } from '#dist/delivery/consumption/consumption.js'
import { Lanes } from '#dist/delivery/consumption/lanes.js'
import { ProgressWriter } from '#dist/delivery/consumption/progress-writer.js'
import { Group } from '#dist/delivery/groups/group.js'
import { Groups } from '#dist/delivery/groups/groups.js'
import { Member } from '#dist/delivery/groups/member.js'
import { Retention } from '#dist/delivery/retention.js'
import { Awaited } from '#dist/publish/awaited.js'
import { DedupeWindow } from '#dist/publish/dedupe/dedupe-window.js'
import type { Change } from '#dist/store/store.js'
import { describePlants, overlay, type Plant } from './planted-bugs.js'

const plants: readonly Plant[] = [
  {
    bug: 'a failed delivery is never sent again',
    caughtBy: 'delivers an event again until it is acknowledged',
    plant: () => vi.spyOn(Consumption.prototype, 'failed').mockResolvedValue(),
  },
  {
    bug: 'keys are not kept in order',
    caughtBy: 'has one event of a key under way at a time, and different keys side by side',
    plant: () => {
      const accept = Lanes.prototype.accept
      vi.spyOn(Lanes.prototype, 'accept').mockImplementation(function (this: Lanes, event, attempts, waits) {
        return accept.call(this, Object.create(event, { key: { value: null } }), attempts, waits)
      })
    },
  },
  {
    bug: 'since is ignored',
    caughtBy: 'reads since a time, by when the bus received the events',
    engine: (engine) => overlay(engine, { locate: async (topic, partition) => (await engine.span(topic))[partition]!.first }),
  },
  {
    bug: 'owed events are trimmed',
    caughtBy: 'keeps what a group is owed beyond the retention',
    plant: () => vi.spyOn(Groups.prototype, 'owed').mockImplementation((topic) => topic.tails.map(() => null)),
  },
  {
    bug: 'nothing is ever trimmed',
    caughtBy: 'forgets what is older than the retention and owed to nobody',
    plant: () => vi.spyOn(Retention.prototype, 'run').mockResolvedValue(),
  },
  {
    bug: 'a duplicate is stored twice',
    caughtBy: 'stores an event sent twice once, and answers the second with the first position',
    plant: () => vi.spyOn(DedupeWindow.prototype, 'candidates').mockReturnValue([]),
  },
  {
    bug: 'the dedupe window forgets at a restart',
    caughtBy: 'knows an event again after a crash',
    engine: (engine) =>
      overlay(engine, { span: async (topic) => (await engine.span(topic)).map((span) => ({ ...span, first: span.next ?? span.first })) }),
  },
  {
    bug: 'a bus that stops goes on handing out',
    caughtBy: 'lets what is under way be settled before a clean stop, takes nothing new, and sends nothing twice',
    plant: () => vi.spyOn(Group.prototype, 'drain').mockResolvedValue(),
  },
  {
    bug: 'the finished-ahead set is lost at a restart',
    caughtBy: 'sends only the stuck event again after a crash, not the later ones that were done',
    store: (store) => overlay(store, { commit: (changes) => store.commit(changes.map(withoutAhead)) }),
  },
  {
    bug: 'the finished-ahead set that was not read again yet is forgotten',
    caughtBy: 'remembers what is finished ahead over a second crash before anything was read again',
    plant: () => {
      const place = Consumption.prototype.place
      vi.spyOn(Consumption.prototype, 'place').mockImplementation(function (this: Consumption) {
        return { ...place.call(this), ahead: [] }
      })
    },
  },
  {
    bug: 'the cursor moves past what is not acknowledged',
    caughtBy: 'delivers what was in flight again after a crash, without counting an attempt, and nothing that was acknowledged',
    plant: () =>
      vi.spyOn(Lanes.prototype, 'progress').mockImplementation(function (this: Lanes) {
        return { cursor: this.lastRead + 1n, ahead: [] }
      }),
  },
  {
    bug: 'an acknowledgement is answered before it is durable',
    caughtBy: 'has an acknowledgement on disk before it says so',
    plant: () => vi.spyOn(ProgressWriter.prototype, 'write').mockResolvedValue(),
  },
  {
    bug: 'waiting retries are forgotten at a restart',
    caughtBy: 'lets a waiting retry wait for its time over a restart, and counts its attempts on',
    store: (store) => overlay(store, { retries: async () => [] }),
  },
  {
    bug: 'deliveries never time out',
    caughtBy: 'delivers an event again when its time to acknowledge is over, and refuses the late acknowledgement',
    plant: () => {
      const join = Group.prototype.join
      vi.spyOn(Group.prototype, 'join').mockImplementation(function (this: Group, topics, _ackTimeoutMs, ...others) {
        return join.call(this, topics, 1e9, ...others)
      })
    },
  },
  {
    bug: 'leaving counts as an attempt',
    caughtBy: 'hands the deliveries of a member that left to the next one at once, without counting an attempt',
    plant: () => {
      const handBack = Consumption.prototype.handBack
      vi.spyOn(Consumption.prototype, 'handBack').mockImplementation(function (this: Consumption, entries) {
        for (const entry of entries) entry.attempts++
        handBack.call(this, entries)
      })
    },
  },
  {
    bug: 'a member gets more than it asked for',
    caughtBy: 'sends no more than was asked for',
    plant: () => {
      const ready = Member.prototype.ready
      vi.spyOn(Member.prototype, 'ready').mockImplementation(function (this: Member, n) {
        ready.call(this, n + 1)
      })
    },
  },
  {
    bug: 'gaps are passed over in silence',
    caughtBy: 'gives way to maxBytes with a notice before, and the group sees the gap',
    plant: () => vi.spyOn(Group.prototype, 'gap').mockReturnValue(),
  },
  {
    bug: 'a publish is answered without its position',
    caughtBy: 'answers a publish with 201, the id and a position, and the event is there',
    plant: () => {
      const show = Awaited.prototype.show
      vi.spyOn(Awaited.prototype, 'show').mockImplementation(function (this: Awaited, at) {
        show.call(this, { ...at, offset: 0n })
      })
    },
  },
]

describePlants('a planted bug', plants)

function withoutAhead(change: Change): Change {
  return change.kind === 'progress' ? { ...change, progress: { ...change.progress, ahead: [] } } : change
}
