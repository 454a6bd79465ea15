/** A question without its index holds up every other read of the bus once there are a million rows: each is looked at here. */
import { expect, it } from 'vitest'
import { openDatabase } from '#dist/sqlite/driver.js'
import { prepareFailureQuestions } from '#dist/store/sqlite/failure-questions.js'
import { failureTables, prepareFailureWrites } from '#dist/store/sqlite/failure-schema.js'

const plans = new Map([...named(prepareFailureQuestions), ...named(prepareFailureWrites)])
const inOrder = [
  'deadLetters.nothing',
  'deadLetters.state',
  'deadLetters.groupAndState',
  'oldestDeadLetters.nothing',
  'oldestDeadLetters.state',
  'oldestDeadLetters.groupAndState',
  'openKeys',
  'parkedKeys',
  'parked',
  'attempts',
  'attemptsOfGroup',
]

it.each([...plans])('finds its rows by an index: %s', (_name, plan) => {
  expect(plan.filter((step) => /^SCAN (dead_letter|parked_event|attempt_chunk)\b/.test(step))).toEqual([])
})

it.each(inOrder)('reads a page in its order, without sorting the rest: %s', (name) => {
  expect(plans.get(name)).not.toContain('USE TEMP B-TREE FOR ORDER BY')
  expect(plans.get(name)).not.toContain('USE TEMP B-TREE FOR GROUP BY')
})

/** The plan of every statement, by its name. */
function named(prepare: (connection: never) => object): (readonly [string, readonly string[]])[] {
  const database = openDatabase(':memory:')
  for (const table of failureTables) database.exec(table)
  const sql: string[] = []
  const connection = { prepare: (text: string) => sql.push(text) - 1 }
  const planOf = (statement: number) => {
    const prepared = database.prepare(`EXPLAIN QUERY PLAN ${sql[statement]}`)
    prepared.setReturnArrays(true)
    return ([...prepared.iterate()] as unknown as (readonly string[])[]).map((row) => String(row[3]))
  }
  const flat = Object.entries(prepare(connection as never)).flatMap(([name, value]: [string, number | Record<string, number>]) =>
    typeof value === 'number' ? [[name, value] as const] : Object.entries(value).map(([kind, one]) => [`${name}.${kind}`, one] as const),
  )
  return flat.map(([name, statement]) => [name, planOf(statement)])
}
