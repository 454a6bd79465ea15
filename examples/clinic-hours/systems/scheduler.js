/**
 * A stand-in for the scheduler of the hospitals. `POST /clinics/update {id, hours}` with a valid `x-api-key` sets the hours
 * of a clinic. Its owners exchange the key with `PUT /key`; from then on the old one is answered 401.
 */
import { createServer } from 'node:http'
import { json, text } from 'node:stream/consumers'

let validKey = process.env.SCHEDULER_KEY ?? 'spring-key-4711'
const hours = new Map()

const server = createServer(async (request, response) => {
  if (request.method === 'PUT' && request.url === '/key') {
    validKey = (await text(request)).trim()
    console.log('the key was exchanged; the old one is not valid any more')
    return answer(response, 200, {})
  }
  if (request.headers['x-api-key'] !== validKey) {
    request.resume()
    return answer(response, 401, { error: 'unknown api key' })
  }
  const clinic = await json(request)
  hours.set(clinic.id, clinic.hours)
  console.log(`${clinic.id}: ${clinic.hours}`)
  answer(response, 200, { clinics: hours.size })
})

server.listen(Number(process.env.SCHEDULER_PORT ?? 4290), '127.0.0.1', () => {
  console.log(`The scheduler listens on http://127.0.0.1:${server.address().port}/clinics/update`)
})

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
