import Handlebars from 'handlebars/dist/handlebars.runtime.js';
import mail from '../../../templates/email.hbs';
import apps from '../../../templates/partials/email-apps.hbs';
import blind from '../../../templates/partials/email-blind.hbs';
import fixes from '../../../templates/partials/email-fixes.hbs';
import foot from '../../../templates/partials/email-foot.hbs';
import head from '../../../templates/partials/email-head.hbs';
import kills from '../../../templates/partials/email-kills.hbs';
import meter from '../../../templates/partials/email-meter.hbs';
import pill from '../../../templates/partials/email-pill.hbs';
import problems from '../../../templates/partials/email-problems.hbs';
import state from '../../../templates/partials/email-state.hbs';
import system from '../../../templates/partials/email-system.hbs';
import why from '../../../templates/partials/email-why.hbs';
import { proseToMail, unprintable } from '../prose.ts';
import type { MailView } from './mail-model.ts';

const partials = {
  'email-apps': apps,
  'email-blind': blind,
  'email-fixes': fixes,
  'email-foot': foot,
  'email-head': head,
  'email-kills': kills,
  'email-meter': meter,
  'email-pill': pill,
  'email-problems': problems,
  'email-state': state,
  'email-system': system,
  'email-why': why,
} as const;

type Html = (context: unknown) => string;
let compiled: Html | null = null;

function compile(): Html {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('rich', (sentence: unknown) => {
    if (typeof sentence !== 'string') throw new TypeError('rich: a sentence is missing');
    return new handlebars.SafeString(proseToMail(sentence));
  });
  for (const [name, spec] of Object.entries(partials))
    handlebars.registerPartial(name, handlebars.template(spec));
  return handlebars.template(mail);
}

/** Answers: what is the HTML of this mail? Tables with their styles inline; no script, no picture, nothing from outside; all escaped. */
export function renderMail(view: MailView): string {
  compiled ??= compile();
  return compiled(view).replace(unprintable, '');
}
