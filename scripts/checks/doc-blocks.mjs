/**
 * Reads the steps of a page, in order. What counts is the word behind the language of a fence:
 *   ```sh run                   a command that the checks run
 *   ```sh run background=bus until="text"   one that goes on running; it has started when it prints the text
 *   ```sh run fails             one that must fail
 *   ```yaml file=topics.yaml    a file to write; `append` adds to it
 *   ```text output              what the command before printed, each line of it; `…` stands for anything; `of=bus`: of that one
 *   <!-- stop bus -->           Ctrl-C in the terminal of that one
 * A `sh` fence that is not run has a line right before it that tells the reader why: *Not run by the checks: …*
 */
export function readSteps(text) {
  const steps = []
  const faults = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const stop = /^<!-- stop (\S+) -->$/.exec(lines[at])
    if (stop !== null) steps.push({ kind: 'stop', name: stop[1], line: at + 1 })
    const open = /^( *)(```+)(\S*)\s*(.*)$/.exec(lines[at])
    if (open === null) continue
    const [, indent, fence, language, info] = open
    const line = at + 1
    const body = []
    for (at++; at < lines.length && lines[at].trim() !== fence; at++)
      body.push(lines[at].slice(Math.min(indent.length, lines[at].search(/\S|$/))))
    const words = readInfo(info)
    const step = { line, text: body.join('\n'), ...words }
    if (words.file !== undefined) steps.push({ kind: 'file', ...step })
    else if (words.output) steps.push({ kind: 'output', ...step })
    else if (words.run) steps.push({ kind: 'run', ...step })
    else if (['sh', 'bash', 'shell', 'console'].includes(language) && !saysWhy(lines, line - 1)) {
      faults.push(`line ${line}: this command neither runs (\`\`\`sh run) nor says right before it why (*Not run by the checks: …*).`)
    }
  }
  return { steps, faults }
}

function readInfo(info) {
  const words = {}
  for (const [, name, quoted, bare] of info.matchAll(/([a-z]+)(?:=(?:"([^"]*)"|(\S+)))?/g)) words[name] = quoted ?? bare ?? true
  return words
}

function saysWhy(lines, fenceIndex) {
  const before = lines
    .slice(0, fenceIndex)
    .reverse()
    .find((line) => line.trim() !== '')
  return before !== undefined && /^\s*[*_]Not run by the checks: .{8,}[*_]$/.test(before)
}
