/** A stand-in for a service that tells phones. The same Idempotency-Key tells them once: nobody wants a notice twice. */
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

const validKey = process.env.NOTICES_KEY ?? 'notices-key-0815'
const told = new Set()

const server = createServer(async (request, response) => {
  if (request.headers['x-api-key'] !== validKey) {
    request.resume()
    return response.writeHead(401).end()
  }
  const { topic, title, text } = await json(request)
  const key = request.headers['idempotency-key']
  if (!told.has(key)) console.log(`${topic}: "${title}: ${text}"`)
  told.add(key)
  response.writeHead(202).end()
})

server.listen(Number(process.env.NOTICES_PORT ?? 4291), '127.0.0.1', () => {
  console.log(`The notice service listens on http://127.0.0.1:${server.address().port}/notices`)
})
