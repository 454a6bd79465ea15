import { vi } from 'vitest'
import { OutcomeWatch } from '#dist/delivery/consumption/outcome-watch.js'
import { ChosenTopics } from '#dist/delivery/groups/chosen-topics.js'
import { LagWatch } from '#dist/delivery/groups/lag-watch.js'
import { DeliveryOperations } from '#dist/delivery/operations/delivery-operations.js'
import { NoticeWindows } from '#dist/observe/notice-windows.js'
import { NoticePublisher } from '#dist/topics/notice-publisher.js'
import { describePlants } from './planted-bugs.js'

describePlants('a planted bug in what operators and emitters are told', [
  {
    bug: 'every notice is told at once',
    caughtBy: 'tells once within ten minutes of what happens again and again, and then how often',
    plant: () => {
      const tell = NoticeWindows.prototype.tell
      let n = 0
      vi.spyOn(NoticeWindows.prototype, 'tell').mockImplementation(function (this: NoticeWindows, notice) {
        tell.call(this, { ...notice, subject: `${notice.subject}-${n++}` })
      })
    },
  },
  {
    bug: 'what was left out within the window is never told',
    caughtBy: 'tells once within ten minutes of what happens again and again, and then how often',
    plant: () => {
      const publish = NoticePublisher.prototype.publish
      vi.spyOn(NoticePublisher.prototype, 'publish').mockImplementation(function (this: NoticePublisher, notice, unsaid) {
        if (unsaid === 0) publish.call(this, notice, unsaid)
      })
    },
  },
  {
    bug: 'trouble with notices is told as notices',
    caughtBy: 'tells of no trouble with notices themselves',
    plant: () => {
      const publish = NoticePublisher.prototype.publish
      vi.spyOn(NoticePublisher.prototype, 'publish').mockImplementation(function (this: NoticePublisher, notice, unsaid) {
        publish.call(this, { ...notice, topic: 'permits' }, unsaid)
      })
    },
  },
  {
    bug: 'members of every topic take notices too',
    caughtBy: 'delivers notices to who names their topic, and not to members of every topic',
    plant: () => vi.spyOn(ChosenTopics.prototype, 'takes').mockReturnValue(true),
  },
  {
    bug: 'nobody looks how far groups are behind',
    caughtBy: 'tells once that a group is too far behind, and again when it was better in between',
    plant: () => vi.spyOn(LagWatch.prototype, 'start').mockReturnValue(),
  },
  {
    bug: 'an event that gave up counts as delivered until its dead letter is on disk',
    caughtBy: 'tells a failure as one from the moment it is settled, before it is durable',
    plant: () => vi.spyOn(OutcomeWatch.prototype, 'recent').mockReturnValue(undefined),
  },
  {
    bug: 'outcomes are told without waiting for them',
    caughtBy: 'tells what became of an event once every group is through with it',
    plant: () => {
      const outcomes = DeliveryOperations.prototype.outcomes
      vi.spyOn(DeliveryOperations.prototype, 'outcomes').mockImplementation(function (this: DeliveryOperations, topic, position) {
        return outcomes.call(this, topic, position, 0, AbortSignal.abort())
      })
    },
  },
])
