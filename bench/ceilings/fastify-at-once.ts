/** The server that the bus stands on, reading the same bodies and answering at once: what HTTP alone allows. */
import fastify from 'fastify'
import { answerJobs } from '../harness/processes.js'

answerJobs<null, { readonly port: number }>(async () => {
  const server = fastify({ bodyLimit: 1024 * 1024, requestTimeout: 10_000 })
  let number = 0
  server.post('/v1/topics/:topic/events', (request, reply) => {
    const { permitId } = request.body as { permitId: number }
    number++
    return reply
      .code(201)
      .send({ id: `0197a0b4-7c1e-7a3f-9b1c-${String(permitId).padStart(12, '0')}`, position: `0-${number}`, duplicate: false })
  })
  await server.listen({ host: '127.0.0.1', port: 0 })
  return { port: (server.server.address() as { port: number }).port }
})
