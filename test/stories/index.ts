import { analyze } from '../../src/analyze/run.ts';
import { audits } from '../../src/audits/index.ts';
import type { Evidence } from '../../src/model/evidence.ts';
import type { Report } from '../../src/model/report.ts';
import { blindHost } from './blind-host.ts';
import { deadDaemon } from './dead-daemon.ts';
import { emptyHost } from './empty-host.ts';
import { healthyHost } from './healthy-host.ts';
import { hostileHost } from './hostile-names.ts';
import { manyApps } from './many-apps.ts';
import { sickHost } from './sick-host.ts';
import { watchedHost } from './watched-host.ts';

/** Every story, by name: reports of all of them must hold in all formats and languages. */
export const stories: { readonly [name: string]: () => Evidence } = {
  'sick-host': sickHost,
  'healthy-host': healthyHost,
  'watched-host': watchedHost,
  'blind-host': blindHost,
  'dead-daemon': deadDaemon,
  'empty-host': emptyHost,
  'hostile-names': hostileHost,
  'many-apps-100': () => manyApps(100),
  'many-apps-1000': () => manyApps(1000),
};

const reports = new Map<string, Report>();

/** The report of a story, made once a test file: reports are read-only. */
export function reportOf(name: string): Report {
  const report = reports.get(name) ?? analyze(stories[name]!(), audits);
  reports.set(name, report);
  return report;
}
