/** The API of the permits office: `POST /permits/7/approve` approves permit 7 and tells the bus. */
import express from 'express'
import EventBus from './events/event-bus-client.js'
import permits from './routes/permits.js'

const app = express()
app.use('/permits', permits)

const server = app.listen(Number(process.env.HMS_API_PORT ?? 4270), '127.0.0.1', () => {
  console.log(`HMS-API listens on http://127.0.0.1:${server.address().port}`)
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(async () => {
      await EventBus.close()
      process.exit(0)
    })
    server.closeAllConnections()
  })
}
