/** A stand-in for the city's scheduling platform. `POST /api/slots` books a slot; the same Idempotency-Key books it once. */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const slots = new Map()

const server = createServer(async (request, response) => {
  const key = request.headers['idempotency-key']
  const { permitId, date, inspector } = JSON.parse(await text(request))
  if (!slots.has(key)) {
    slots.set(key, { slot: slots.size + 1, permitId, date, inspector })
    console.log(`slot ${slots.size}: permit ${permitId}, ${date}, inspector ${inspector}`)
  }
  response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(slots.get(key)))
})

server.listen(Number(process.env.SCHEDULING_PORT ?? 4290), '127.0.0.1', () => {
  console.log(`The scheduling platform listens on http://127.0.0.1:${server.address().port}/api/slots`)
})
