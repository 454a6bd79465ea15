/** Links between the project's own pages: the file must be there, and so must the heading. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((page) => existsSync(page))
const faults = pages.flatMap((page) => linksOf(page).flatMap((link) => fault(page, link) ?? []))
for (const text of faults) console.error(text)
console.log(`${pages.length} pages, ${faults.length} broken links.`)
process.exit(faults.length === 0 && pages.length > 0 ? 0 : 1)

function linksOf(page) {
  const text = prose(page)
  return [...text.matchAll(/(?<!!)\[[^\]]*\]\(([^)\s]+)\)/g)].map((match) => ({
    target: match[1],
    line: text.slice(0, match.index).split('\n').length,
  }))
}

function fault(page, { target, line }) {
  if (/^[a-z]+:/.test(target))
    return /^https?:\/\/(127\.0\.0\.1|localhost)/.test(target) ? null : `${page}:${line}: ${target} leads outside the project.`
  const [path, anchor] = target.split('#')
  const file = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)))
  if (!existsSync(file)) return `${page}:${line}: ${target}: there is no ${file}.`
  if (anchor === undefined || anchor === '' || statSync(file).isDirectory()) return null
  return headings(file).has(anchor) ? null : `${page}:${line}: ${target}: ${file} has no such heading.`
}

/** Anchors as common Markdown viewers make them of headings. */
function headings(file) {
  const slugs = [...prose(file).matchAll(/^#{1,6}\s+(.+)$/gm)].map((match) =>
    match[1]
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  )
  return new Set(slugs)
}

/** The text without what lies in code fences, which keeps its line breaks. */
function prose(file) {
  return readFileSync(file, 'utf8').replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replaceAll(/[^\n]/g, ''))
}
