import { BlockList, isIP } from 'node:net'

/**
 * What kind of place an address is. `public`: ordinary unicast. `loopback`: this machine. `private`: a network of
 * one's own, or reserved, which an adapter must name. `never`: link-local, metadata services, multicast, broadcast.
 */
export type AddressClass = 'public' | 'loopback' | 'private' | 'never'

/** @param address An IPv4 or IPv6 address, without brackets. IPv4 inside IPv6 counts as what it carries. */
export function addressClass(address: string): AddressClass {
  const bare = address.split('%')[0]!
  const family = isIP(bare)
  if (family === 0) return 'never'
  if (address.includes('%')) return 'never'
  const type = family === 6 ? 'ipv6' : 'ipv4'
  if (never.check(bare, type)) return 'never'
  if (loopback.check(bare, type)) return 'loopback'
  const carried = family === 6 ? carried4(bare) : null
  if (carried !== null && never.check(carried, 'ipv4')) return 'never'
  if (reserved.check(bare, type)) return 'private'
  if (family === 6 && !mapped.check(bare, type) && !global6.check(bare, type)) return 'private'
  return 'public'
}

/** Reads an address or a CIDR range into a list; false when the text is neither. */
export function addRange(list: BlockList, text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0 || more.length > 0) return false
  const type = family === 6 ? 'ipv6' : 'ipv4'
  if (bits === undefined) {
    list.addAddress(address, type)
    return true
  }
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > (family === 6 ? 128 : 32)) return false
  list.addSubnet(address, Number(bits), type)
  return true
}

/**
 * The IPv4 address that an IPv6 address is a way to, or null: NAT64 (RFC 6052, 8215), 6to4 (RFC 3056), Teredo (RFC 4380)
 * and the forgotten `::a.b.c.d` (RFC 4291). A translator on the way would lead to a metadata service through any of them.
 */
function carried4(address: string): string | null {
  const of = wayTo4.find(({ range }) => range.check(address, 'ipv6'))
  if (of === undefined) return null
  const words = wordsOf(address)
  const bytes = words.slice(of.word, of.word + 2).flatMap((word) => [word >> 8, word & 0xff])
  return bytes.map((byte) => (of.inverted ? byte ^ 0xff : byte)).join('.')
}

/** The eight 16-bit words of a valid IPv6 address. */
function wordsOf(address: string): readonly number[] {
  // URL writes every form of an address in the shortest one, dotted quads as words.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const read = (part: string) => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)))
  const [left, right] = [read(head), read(tail ?? '')]
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right]
}

/** The lists are those of the IANA special-purpose address registries; BlockList looks into IPv4-mapped IPv6 by itself. */
const never = listOf(
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  // Metadata services that lie outside link-local: Alibaba, Azure, Oracle, and EC2 over IPv6.
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::/32',
  // And over IPv6: Google, Oracle.
  'fd20:ce::254',
  'fd00:c1::a9fe:a9fe',
)
const loopback = listOf('127.0.0.0/8', '::1')
const reserved = listOf(
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  'fc00::/7',
)
const mapped = listOf('::ffff:0:0/96')
/** Where in the address the IPv4 address lies: its first word of the eight. */
const wayTo4 = [
  { range: listOf('64:ff9b::/96'), word: 6, inverted: false },
  { range: listOf('64:ff9b:1::/48'), word: 6, inverted: false },
  { range: listOf('2002::/16'), word: 1, inverted: false },
  { range: listOf('2001::/32'), word: 6, inverted: true },
  { range: listOf('::/96'), word: 6, inverted: false },
]
const global6 = listOf('2000::/3')

function listOf(...ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) addRange(list, range)
  return list
}
