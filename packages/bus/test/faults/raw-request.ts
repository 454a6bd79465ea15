import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A bare connection to a bus. Errors are kept quiet: being cut off is what it is for. */
export async function rawConnection(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  await Promise.race([once(socket, 'connect').catch(() => {}), ended(socket)])
  return socket
}

/** Sends the text and answers the status of what comes back; 0 when the connection ends without an answer. */
export async function statusOf(url: string, text: string): Promise<number> {
  const socket = await rawConnection(url)
  try {
    const status = firstStatus(socket)
    socket.write(text)
    return await status
  } finally {
    socket.destroy()
  }
}

/** Sends the head, then the piece again and again, and answers what came back and how many bytes of pieces were sent until then. */
export async function statusOfFlood(
  url: string,
  flood: { readonly head: string; readonly piece: string; readonly maxBytes: number },
): Promise<{ readonly status: number; readonly sentBytes: number }> {
  const socket = await rawConnection(url)
  let answered = false
  const status = firstStatus(socket).finally(() => {
    answered = true
  })
  socket.write(flood.head)
  let sentBytes = 0
  while (!answered && !socket.destroyed && sentBytes < flood.maxBytes) {
    sentBytes += flood.piece.length
    const full = !socket.write(flood.piece)
    await Promise.race([new Promise((resolve) => (full ? socket.once('drain', resolve) : setImmediate(resolve))), status])
  }
  const answer = await status
  socket.destroy()
  return { status: answer, sentBytes }
}

/** Resolves when the connection has ended, however. */
export function ended(socket: { once(event: 'close', heard: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

function firstStatus(socket: Socket): Promise<number> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const match = /^HTTP\/1\.[01] (\d{3})/.exec(text)
      if (match !== null) resolve(Number(match[1]))
    })
    socket.once('close', () => resolve(0))
  })
}
