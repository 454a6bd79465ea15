/**
 * Topic patterns: `*` stands for one part between dots (`permits.*` is `permits.approved` but not `permits.a.b`),
 * `**` for any number of them. No regular expression is built from what users write.
 */
export function matchesTopic(pattern: string, topic: string): boolean {
  return matchParts(pattern.split('.'), topic.split('.'))
}

export function isPattern(text: string): boolean {
  return text.includes('*')
}

/** What is wrong with a topic name or pattern, or null. */
export function topicPatternFault(text: string): string | null {
  if (!isPattern(text))
    return /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(text)
      ? null
      : 'a topic has 1 to 200 letters, digits, ".", "_" and "-", and begins with a letter or digit'
  if (text.length === 0 || text.length > 200) return 'a topic has 1 to 200 characters'
  if (text.split('.').filter((part) => part === '**').length > 1) return 'write "**" once at most'
  for (const part of text.split('.')) {
    if (part === '*' || part === '**') continue
    if (part === '') return 'there is nothing between two dots, or a dot at an end'
    if (part.includes('*')) return `write "*" alone between dots, such as "permits.*", not "${part}"`
    if (!/^[A-Za-z0-9_-]+$/.test(part)) return `"${part}" holds characters that no topic has: letters, digits, "_" and "-" are allowed`
  }
  return null
}

function matchParts(pattern: readonly string[], parts: readonly string[]): boolean {
  const [head, ...rest] = pattern
  if (head === undefined) return parts.length === 0
  if (head === '**') return matchParts(rest, parts) || (parts.length > 0 && matchParts(pattern, parts.slice(1)))
  return parts.length > 0 && (head === '*' || head === parts[0]) && matchParts(rest, parts.slice(1))
}
