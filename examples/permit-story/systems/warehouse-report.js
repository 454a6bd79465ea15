/** The report of the data warehouse: permits by month and inspector. */
import { DatabaseSync } from '@photostructure/sqlite'

const warehouse = new DatabaseSync(process.argv[2] ?? 'warehouse.db', { readOnly: true })
const rows = warehouse.prepare(`
  SELECT approved_month AS month, inspector, count(*) AS permits FROM permit_stats GROUP BY month, inspector ORDER BY month, inspector`)
for (const { month, inspector, permits } of rows.all()) console.log(`${month}  ${inspector.padEnd(20)}  ${permits}`)
