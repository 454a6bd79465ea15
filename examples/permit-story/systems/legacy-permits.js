/**
 * A stand-in for a .NET permit system of 1998 that nobody may touch. It keeps its permits in PERMITS.DAT, a line of fixed
 * width for each change. It is slow, says 203 for "taken" and 460 for "not taken", and the first request after a start
 * wakes it: until it is awake it answers 503.
 */
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

const file = process.env.LEGACY_FILE ?? 'PERMITS.DAT'
const wakeMs = Number(process.env.LEGACY_WAKE_MS ?? 1_000)
const workMs = 120
const inspectorWidth = 20
let awakeAt = wakeMs === 0 ? 0 : Number.POSITIVE_INFINITY

const server = createServer(async (request, response) => {
  const permit = await json(request)
  if (Date.now() < awakeAt) return wake(response)
  await sleep(workMs)
  const fault = faultOf(permit)
  if (fault !== null) {
    console.log(`permit ${permit.PermitNo} not taken: ${fault}`)
    return answer(response, 460, { ResultCode: 4711, ResultText: fault })
  }
  const line = `${String(permit.PermitNo).padStart(6, '0')} ${permit.ApprovedOn} ${permit.Inspector}`
  appendFileSync(file, `${line.padEnd(38)}\r\n`)
  console.log(`PERMITS.DAT: ${line}`)
  answer(response, 203, { ResultCode: 0, ResultText: 'OK' })
})

server.listen(Number(process.env.LEGACY_PORT ?? 4291), '127.0.0.1', () => {
  console.log(`PERMIT SYSTEM V3.1 listens on http://127.0.0.1:${server.address().port}/PermitService/Upsert`)
})

function wake(response) {
  if (awakeAt === Number.POSITIVE_INFINITY) {
    console.log('first request since the start: waking up, 503 until then')
    awakeAt = Date.now() + wakeMs
  }
  response.writeHead(503, { 'retry-after': '1', 'content-type': 'text/plain' }).end('Server Application Unavailable')
}

function faultOf({ PermitNo, ApprovedOn, Inspector }) {
  if (!Number.isInteger(PermitNo)) return 'PERMITNO: NOT A NUMBER'
  if (!/^\d\d\/\d\d\/\d{4}$/.test(ApprovedOn)) return 'APPROVEDON: NOT A DATE'
  if (Inspector.length > inspectorWidth) return `INSPECTOR: LONGER THAN ${inspectorWidth}`
  return null
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
