import Handlebars from 'handlebars/dist/handlebars.runtime.js';
import page from '../../templates/html.hbs';
import annex from '../../templates/partials/html-annex.hbs';
import annexTable from '../../templates/partials/html-annex-table.hbs';
import app from '../../templates/partials/html-app.hbs';
import blind from '../../templates/partials/html-blind.hbs';
import causes from '../../templates/partials/html-causes.hbs';
import fixBody from '../../templates/partials/html-fix-body.hbs';
import fixes from '../../templates/partials/html-fixes.hbs';
import header from '../../templates/partials/html-header.hbs';
import mark from '../../templates/partials/html-mark.hbs';
import oom from '../../templates/partials/html-oom.hbs';
import pill from '../../templates/partials/html-pill.hbs';
import problems from '../../templates/partials/html-problems.hbs';
import processes from '../../templates/partials/html-processes.hbs';
import quotes from '../../templates/partials/html-quotes.hbs';
import restarts from '../../templates/partials/html-restarts.hbs';
import risks from '../../templates/partials/html-risks.hbs';
import snippet from '../../templates/partials/html-snippet.hbs';
import spark from '../../templates/partials/html-spark.hbs';
import state from '../../templates/partials/html-state.hbs';
import storage from '../../templates/partials/html-storage.hbs';
import sure from '../../templates/partials/html-sure.hbs';
import symbols from '../../templates/partials/html-symbols.hbs';
import system from '../../templates/partials/html-system.hbs';
import ticks from '../../templates/partials/html-ticks.hbs';
import verdict from '../../templates/partials/html-verdict.hbs';
import css from '../../templates/report.css';
import type { VerdictWord } from '../model/report.ts';
import { proseToHtml, unprintable } from './prose.ts';
import type { View } from './view/view.ts';

const partials = {
  'html-annex-table': annexTable,
  'html-annex': annex,
  'html-app': app,
  'html-blind': blind,
  'html-causes': causes,
  'html-fix-body': fixBody,
  'html-fixes': fixes,
  'html-header': header,
  'html-mark': mark,
  'html-oom': oom,
  'html-pill': pill,
  'html-problems': problems,
  'html-processes': processes,
  'html-quotes': quotes,
  'html-restarts': restarts,
  'html-risks': risks,
  'html-snippet': snippet,
  'html-state': state,
  'html-storage': storage,
  'html-spark': spark,
  'html-sure': sure,
  'html-symbols': symbols,
  'html-system': system,
  'html-ticks': ticks,
  'html-verdict': verdict,
} as const;

type Html = (context: unknown) => string;
let compiled: Html | null = null;

function compile(): Html {
  const handlebars = Handlebars.create();
  // `rich` escapes every piece of a sentence itself (prose.ts); a template that names a field that is not there must fail.
  handlebars.registerHelper('rich', (sentence: unknown) => {
    if (typeof sentence !== 'string') throw new TypeError('rich: a sentence is missing');
    return new handlebars.SafeString(proseToHtml(sentence));
  });
  for (const [name, spec] of Object.entries(partials))
    handlebars.registerPartial(name, handlebars.template(spec));
  return handlebars.template(page);
}

/** Answers: what is the HTML page of this view? One self-contained file: no script, no outside request, everything escaped. */
export function renderHtml(view: View): string {
  compiled ??= compile();
  const is = (kind: VerdictWord): boolean => view.header.kind === kind;
  const header = {
    ...view.header,
    isCritical: is('critical'),
    isAttention: is('attention'),
    isHealthy: is('healthy'),
    isUnknown: is('unknown'),
  };
  // Our own style sheet is the one text that reaches the page unescaped.
  return compiled({ ...view, header, css: new Handlebars.SafeString(css + printedMargin(view)) }).replace(
    unprintable,
    '',
  );
}

/** The line at the foot of each printed page. Host names hold anything; in the style sheet only plain characters may stand. */
function printedMargin({ header }: View): string {
  const host = header.host.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60);
  const foot = 'font:8pt sans-serif;color:#595d65';
  return `@page{size:A4;margin:14mm 14mm 16mm;@bottom-left{content:"pm2-audit  ${host}  ${header.stamp.replace(/[^0-9:+ -]/g, '')}";${foot}}@bottom-right{content:counter(page) " / " counter(pages);${foot}}}`;
}
