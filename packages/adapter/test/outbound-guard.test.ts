import type { lookup } from 'node:dns'
import { type AddressInfo, createServer } from 'node:net'
import { Pool } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { addressClass } from '#dist/address-class.js'
import { allowFault, OutboundGuard } from '#dist/outbound-guard.js'
import { http } from '#dist/sinks/http.js'

describe('an address', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['172.32.0.1', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.9.9.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['64:ff9b::a00:1', 'private'],
    ['2002:a00:1::', 'private'],
    ['::8.8.8.8', 'private'],
    ['198.51.100.7', 'private'],
    ['169.254.169.254', 'never'],
    ['::ffff:169.254.169.254', 'never'],
    ['169.254.7.7', 'never'],
    ['fe80::1', 'never'],
    ['fe80::1%eth0', 'never'],
    ['fd00:ec2::254', 'never'],
    ['100.100.100.200', 'never'],
    ['168.63.129.16', 'never'],
    ['0.0.0.0', 'never'],
    ['::', 'never'],
    ['224.0.0.1', 'never'],
    ['ff02::1', 'never'],
    ['255.255.255.255', 'never'],
    ['fd20:ce::254', 'never'],
    ['64:ff9b::a9fe:a9fe', 'never'],
    ['64:ff9b::169.254.169.254', 'never'],
    ['64:ff9b:1::a9fe:a9fe', 'never'],
    ['2002:a9fe:a9fe::', 'never'],
    ['2001:0:4136:e378:8000:63bf:5601:5601', 'never'],
    ['::169.254.169.254', 'never'],
    ['64:ff9b::6464:64c8', 'never'],
    ['2001:0:4136:e378:8000:63bf:f5ff:fffe', 'private'],
    ['no address', 'never'],
  ])('%s is %s', (address, expected) => {
    expect(addressClass(address)).toBe(expected)
  })
})

describe('the outbound guard', () => {
  it('opens loopback to a URL that spells it out, and not to a name that leads there', () => {
    expect(new OutboundGuard('127.0.0.1', []).fault('127.0.0.1')).toBeNull()
    expect(new OutboundGuard('localhost', []).fault('::1')).toBeNull()
    expect(new OutboundGuard('localhost', []).fault('10.0.0.1')).toContain('private')
    expect(new OutboundGuard('partner.example', []).fault('127.0.0.1')).toContain('partner.example (127.0.0.1) is a loopback address')
  })

  it('opens private networks by address, range or name', () => {
    expect(new OutboundGuard('10.1.2.3', []).fault('10.1.2.3')).toContain("allow: ['10.1.2.3']")
    expect(new OutboundGuard('10.1.2.3', ['10.1.2.3']).fault('10.1.2.3')).toBeNull()
    expect(new OutboundGuard('legacy', ['10.0.0.0/8']).fault('10.200.0.1')).toBeNull()
    expect(new OutboundGuard('legacy', ['10.0.0.0/8']).fault('192.168.0.1')).not.toBeNull()
    expect(new OutboundGuard('Legacy.city.internal', ['legacy.city.internal']).fault('192.168.0.1')).toBeNull()
    expect(new OutboundGuard('legacy', ['other']).fault('192.168.0.1')).not.toBeNull()
  })

  it('never opens link-local and metadata addresses, whatever is allowed', () => {
    const guard = new OutboundGuard('metadata', ['metadata', '169.0.0.0/8', '0.0.0.0/0', '::/0'])
    for (const address of ['169.254.169.254', 'fe80::1', 'fd00:ec2::254', '100.100.100.200', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1'])
      expect(guard.fault(address)).toContain('never')
    expect(allowFault('169.254.169.254')).toContain('no entry opens')
  })

  it.each(['10.0.0.0/33', '10.0.0.0/8/8', '10.0.0', 'a b', '', 7, null])('finds fault with allow: %j', (entry) => {
    expect(allowFault(entry)).not.toBeNull()
  })
})

describe('a sink behind the guard', () => {
  let close: () => Promise<void> = async () => {}
  afterEach(() => close())

  it('refuses a forbidden literal when it is made', () => {
    for (const url of [
      'http://169.254.169.254/latest/meta-data',
      'http://[::ffff:a9fe:a9fe]/',
      'http://0xa9fea9fe/',
      'http://10.0.0.1/',
      'http://0/',
    ]) {
      expect(() => http({ url })).toThrow(expect.objectContaining({ code: 'invalid_config' }))
    }
  })

  it('opens no connection to a name that leads to a forbidden address, and says what to write', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    close = () => new Promise((resolve) => server.close(() => resolve()))
    const leadsHere = ((_name: string, _options: object, callback: (error: null, addresses: object[]) => void) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof lookup
    const request = async (allow: readonly string[]) => {
      const guard = new OutboundGuard('partner.example', allow, leadsHere)
      const pool = new Pool(`http://partner.example:${(server.address() as AddressInfo).port}`, { connect: guard.connector(1_000) })
      const error = await pool.request({ path: '/', method: 'GET' }).catch((error: Error) => error)
      await pool.destroy()
      return (error as Error).message
    }
    expect(await request([])).toContain("write allow: ['partner.example']")
    expect(connections).toBe(0)
    await request(['127.0.0.0/8'])
    expect(connections).toBe(1)
  })

  it('asks anew at each connection, and dials none of the addresses that it may not', async () => {
    const dialled: string[] = []
    const server = createServer((socket) => {
      dialled.push(socket.localAddress!)
      socket.resume().end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    close = () => new Promise((resolve) => server.close(() => resolve()))
    // The first answer is open; the second has one open address among two; the third has moved.
    const answers = [['127.0.0.1'], ['127.0.0.9', '127.0.0.1'], ['127.0.0.9']]
    const moving = ((_name: string, _options: object, callback: (error: null, addresses: object[]) => void) =>
      callback(
        null,
        answers.shift()!.map((address) => ({ address, family: 4 })),
      )) as unknown as typeof lookup
    const guard = new OutboundGuard('partner.example', ['127.0.0.1'], moving)
    const pool = new Pool(`http://partner.example:${(server.address() as AddressInfo).port}`, { connect: guard.connector(1_000) })
    const ask = () =>
      pool.request({ path: '/', method: 'GET' }).then(
        ({ statusCode }) => statusCode,
        (error: Error) => error.message,
      )
    expect([await ask(), await ask()]).toEqual([204, 204])
    expect(await ask()).toContain('partner.example (127.0.0.9) is a loopback address')
    expect(dialled).toEqual(['127.0.0.1', '127.0.0.1'])
    await pool.destroy()
  })
})
