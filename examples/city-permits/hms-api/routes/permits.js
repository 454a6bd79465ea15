import express from 'express'
import { publishPermitApproved } from '../events/publisher.js'

const router = express.Router()

/** Stands for the table of permits in the API's own database. */
const permits = new Map()

router.post('/:id/approve', async (req, res) => {
  const permitId = req.params.id
  const approved = permits.get(permitId) ?? { permitId, date: new Date() }
  permits.set(permitId, approved)
  // Awaited, so that "Approved" also means: every system will hear of it.
  await publishPermitApproved(approved)
  res.json({ status: 'Approved', ...approved })
})

export default router
