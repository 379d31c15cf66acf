import { expect, it } from 'vitest';
import { analyze } from '../../src/analyze/run.ts';
import { evidence, gap, seen } from '../factories.ts';

const oomLog = seen(
  { kills: [], unconfirmed: [], unitLines: [] },
  { gaps: [gap('oomLog', 'truncated', { remedy: 'persistent-journal' })] },
);
const fixOf = (systemd: boolean) => {
  const startup = seen({ systemd, systemdVersion: systemd ? 252 : null, units: [], holders: [], others: [] });
  const report = analyze(evidence({}, { oomLog, startup }), []);
  const finding = report.findings.find(({ audit }) => audit === 'evidence-gap');
  return {
    remedy: finding?.args['remedy'],
    fix: report.fixes.find(({ id }) => id === finding?.fix)?.fix.kind,
  };
};

it('a journal is proposed only where systemd runs', () => {
  expect(fixOf(true)).toEqual({ remedy: 'persistent-journal', fix: 'command' });
  expect(fixOf(false)).toEqual({ remedy: 'syslog-daemon', fix: 'manual' });
});
