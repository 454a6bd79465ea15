/**
 * A small stand-in for the city's scheduling system: another program, by other people, which knows nothing of the bus.
 * `POST /api/slots` books a slot; the same Idempotency-Key books it once, however often it comes. `GET /api/slots` lists them.
 */
import { createServer } from 'node:http'

const port = Number(process.env.SCHEDULING_PORT ?? 4290)
const maxBodyBytes = 64 * 1024
const maxRemembered = 10_000

/** Idempotency-Key → slot, oldest first. */
const slots = new Map()

const server = createServer((request, response) => {
  if (request.url !== '/api/slots') return answer(response, 404, { error: 'There is only /api/slots.' })
  if (request.method === 'GET') return answer(response, 200, { slots: [...slots.values()] })
  if (request.method !== 'POST') return answer(response, 405, { error: 'POST books a slot, GET lists them.' })
  readBody(request, (body) => {
    const slot = parse(body)
    if (slot === null) return answer(response, 400, { error: 'A slot is a JSON object with a permitId.' })
    if (slot.date !== undefined && Number.isNaN(Date.parse(slot.date))) {
      console.log(`refused permit ${slot.permitId}: "${slot.date}" is no date`)
      return answer(response, 422, { error: `"${slot.date}" is no date` })
    }
    book(String(request.headers['idempotency-key'] ?? ''), slot, response)
  })
})

server.listen(port, '127.0.0.1', () => {
  console.log(`The city's scheduling system listens on http://127.0.0.1:${server.address().port}/api/slots`)
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => process.exit(0))
    server.closeAllConnections()
  })
}

function book(key, slot, response) {
  const known = slots.get(key)
  if (known !== undefined) {
    console.log(`permit ${known.permitId} came again with the same Idempotency-Key: its slot is booked already, nothing done`)
    return answer(response, 200, known)
  }
  const booked = { slot: slots.size + 1, ...slot }
  if (key !== '') slots.set(key, booked)
  if (slots.size > maxRemembered) slots.delete(slots.keys().next().value)
  console.log(
    `booked slot ${booked.slot} for permit ${slot.permitId}: ${slot.date ?? 'no date'}, inspector ${slot.inspector ?? 'not named'}`,
  )
  answer(response, 201, booked)
}

function readBody(request, done) {
  const chunks = []
  let bytes = 0
  request.on('data', (chunk) => {
    bytes += chunk.length
    if (bytes > maxBodyBytes) return request.destroy()
    chunks.push(chunk)
  })
  request.on('end', () => done(Buffer.concat(chunks).toString('utf8')))
}

function parse(text) {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'permitId' in value ? value : null
  } catch {
    return null
  }
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
