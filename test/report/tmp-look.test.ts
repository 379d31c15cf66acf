import { it } from 'vitest';
import { analyze } from '../../src/analyze/run.ts';
import { audits } from '../../src/audits/index.ts';
import { renderReport } from '../../src/report/render.ts';
import { buildView } from '../../src/report/view/view.ts';
import { manyApps } from '../stories/many-apps.ts';
import { sickHost } from '../stories/sick-host.ts';
import { wordsOf } from '../words.ts';
it('looks', () => {
  const words = wordsOf(audits);
  const time = (what: string, f: () => unknown) => { const t = performance.now(); f(); console.log(what, (performance.now() - t).toFixed(1)); };
  analyze(sickHost(), audits);
  for (const n of [100, 100, 400, 1000]) {
    const evidence = manyApps(n);
    let report = analyze(manyApps(1), audits);
    time(`analyze ${n}`, () => { report = analyze(evidence, audits); });
    time('analyze no audits', () => { analyze(evidence, []); });
    const slow = audits.map((a) => { const t = performance.now(); analyze(evidence, [a]); return [a.id, performance.now() - t] as const; }).sort((a, b) => b[1] - a[1]).slice(0, 4);
    console.log(JSON.stringify(slow));
    time('view', () => buildView(report, 'en', words));
    for (const format of ['terminal', 'markdown', 'html', 'json'] as const)
      time(format, () => renderReport(report, { locale: 'en', words, format }));
  }
});
