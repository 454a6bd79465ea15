/**
 * BullMQ as people use it for this: a server that queues what is posted to it and answers when it is stored, and a worker
 * that posts each job to the target with undici. Two processes of one file; no history, no signature, no order.
 */
import { Queue, Worker } from 'bullmq'
import fastify from 'fastify'
import { Pool } from 'undici'

const [role, redisPort, target] = process.argv.slice(2) as [string, string, string]
const connection = { host: '127.0.0.1', port: Number(redisPort) }
const queueName = 'permits'
const connections = 64

if (role === 'intake') {
  const queue = new Queue(queueName, { connection })
  const server = fastify({ bodyLimit: 1_048_576 })
  server.post('/events', async (request, reply) => {
    const { id } = await queue.add('event', request.body, {
      removeOnComplete: true,
      attempts: 5,
      backoff: { type: 'exponential', delay: 1_000 },
    })
    reply.code(201)
    return { id }
  })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  console.log(JSON.stringify({ port: Number(new URL(url).port) }))
} else {
  const pool = new Pool(target, { connections, pipelining: 1 })
  const worker = new Worker(
    queueName,
    async (job) => {
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/slots',
        headers: { 'content-type': 'application/json', 'idempotency-key': job.id! },
        body: JSON.stringify(job.data),
      })
      await body.dump()
      if (statusCode !== 200) throw new Error(`nginx answered ${statusCode}.`)
    },
    { connection, concurrency: connections },
  )
  await worker.waitUntilReady()
  console.log(JSON.stringify({ ready: true }))
}
