// `npm run bench`: paired runs against yardsticks, medians and ratios. Exit 1 when a ratio slipped.
// `--smoke` proves that every bench runs, on small inputs, without judging. `--only audit|history|oom|pm2log|collector|week` runs one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { benchAudit } from './audit.mjs';
import { benchAuditHistory } from './audit-history.mjs';
import { benchCollector } from './collector.mjs';
import { benchCollectorWeek } from './collector-week.mjs';
import { benchHistoryVerb } from './history-verb.mjs';
import { benchOom } from './oom.mjs';
import { benchPm2Log } from './pm2-log.mjs';

const smoke = process.argv.includes('--smoke');
const only = process.argv[process.argv.indexOf('--only') + 1];
const wanted = (name) => !process.argv.includes('--only') || only === name;
if (!existsSync(join(import.meta.dirname, '..', 'dist', 'bin.cjs'))) {
  console.error('bench: nothing is built. Run npm run build first.');
  process.exit(2);
}
const rows = [
  ...(wanted('audit') ? await benchAudit({ runs: smoke ? 2 : 11, smoke }) : []),
  ...(wanted('history') ? await benchAuditHistory({ runs: smoke ? 1 : 9, smoke }) : []),
  ...(wanted('history') ? await benchHistoryVerb({ runs: smoke ? 1 : 9, smoke }) : []),
  ...(wanted('oom') ? await benchOom({ runs: smoke ? 1 : 5, smoke }) : []),
  ...(wanted('pm2log') ? await benchPm2Log({ runs: smoke ? 1 : 5, smoke }) : []),
  ...(wanted('collector') ? await benchCollector({ smoke }) : []),
  ...(wanted('week') ? benchCollectorWeek({ smoke }) : []),
];
const width = Math.max(...rows.map(({ name }) => name.length));
for (const { name, measured, limit, ok } of rows) {
  console.log(
    `${name.padEnd(width)}  ${measured}${limit === null ? '' : `  (limit ${limit}: ${ok ? 'kept' : 'EXCEEDED'})`}`,
  );
}
if (!smoke && rows.some(({ ok }) => !ok)) process.exit(1);
