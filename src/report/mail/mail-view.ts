import { proseToText } from '../prose.ts';
import type { Prose } from '../view/atoms.ts';
import type { View } from '../view/view.ts';
import { mailPill, verdictTone } from './mail-atoms.ts';
import { fixesPart, problemsPart } from './mail-findings.ts';
import type { MailView } from './mail-model.ts';
import { appsPart, blindPart, killsPart, systemPart } from './mail-tables.ts';
import type { MailWords } from './mail-words.ts';
import type { OccasionView } from './occasion-view.ts';
import { type Room, within } from './room.ts';

export interface MailFacts {
  readonly view: View;
  readonly say: MailWords;
  readonly subject: string;
  readonly occasion: OccasionView;
  /** All is well again: then the mail is short. */
  readonly isCalm: boolean;
  readonly scoreNote: Prose | null;
  readonly foot: MailView['foot'];
}

/** Answers: what stands in the mail? The page's own sentences, fewer of them; `room` says how many. */
export function mailView(facts: MailFacts, room: Room): MailView {
  const { view, say, occasion, isCalm } = facts;
  const { header, words } = view;
  const first = header.first[0];
  const only = header.facts.find(({ label }) => label === words.fact.onlyApp);
  const preheader = [
    proseToText(header.say),
    ...(first === undefined || isCalm
      ? []
      : [`${first.word} ${first.id}${say.colon}${proseToText(first.title)}`]),
  ].join(' ');
  return {
    lang: view.lang,
    title: facts.subject,
    preheader: within(preheader, 180),
    none: words.notApplicable,
    head: {
      ...verdictTone(header.kind),
      host: within(header.host, 80),
      takenAt: header.takenAt,
      only: only === undefined ? null : `${only.label}${say.colon}${only.value}`,
      subtitle: words.subtitle,
      word: header.word,
      score: header.score,
      grade: header.grade,
      scoreNote: facts.scoreNote,
      say: within(header.say, room.text),
      counts: header.counts.map(({ count, pill }) => ({ count, pill: mailPill(pill) })),
    },
    why: { ...occasion, title: say.whyTitle, colon: say.colon },
    fixes: isCalm ? null : fixesPart(view, say, room),
    problems: isCalm ? null : problemsPart(view, say, room),
    system: isCalm ? null : systemPart(view, say, room),
    apps: isCalm ? null : appsPart(view, say, room),
    kills: isCalm ? null : killsPart(view, say, room),
    blind: blindPart(view, say, room),
    foot: facts.foot,
  };
}
