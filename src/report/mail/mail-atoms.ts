import type { VerdictWord } from '../../model/report.ts';
import type { Judgement, Mark, Pill, StateView } from '../view/atoms.ts';
import type { MailMeter, MailPill, Tone } from './mail-model.ts';

/** Mid-tones that stand out on white and on #121315 by 3.1 or more, for what a mail cannot say twice: the colour of a cell. */
export const barColors = {
  grey: '#7d828a',
  pale: '#8e939b',
  dark: '#6b7078',
  red: '#c93a2c',
  orange: '#b96a10',
  blue: '#2f6fbd',
  paleBlue: '#6391c9',
  teal: '#2a8a83',
} as const;

const none: Tone = { isRed: false, isOrange: false, isGreen: false, isSoft: false };
const tones = {
  red: { ...none, isRed: true },
  orange: { ...none, isOrange: true },
  green: { ...none, isGreen: true },
  soft: { ...none, isSoft: true },
} as const;

export function verdictTone(verdict: VerdictWord): Tone {
  return tones[
    ({ critical: 'red', attention: 'orange', healthy: 'green', unknown: 'soft' } as const)[verdict]
  ];
}

export function mailPill({ code, word }: Pill): MailPill {
  return {
    code,
    word,
    isP0: code === 'P0',
    isP1: code === 'P1',
    isP2: code === 'P2',
    isP3: code === 'P3',
  };
}

const symbols: { readonly [J in Judgement]: string } = {
  ok: '✓',
  note: '○',
  watch: '△',
  warn: '▲',
  unknown: '?',
};

export function mailState({
  kind,
  tone,
  word,
}: StateView): Tone & { readonly symbol: string; readonly word: string } {
  return { ...tones[tone], symbol: symbols[kind], word };
}

/** A bar as two cells; what is there at all has one percent. */
export function mailMeter(percent: number, color: string): MailMeter {
  const filled = percent <= 0 ? 0 : Math.min(100, Math.max(1, Math.round(percent)));
  return { filled, empty: 100 - filled, color };
}

const families = {
  mem: barColors.red,
  fault: barColors.orange,
  people: barColors.blue,
  timer: barColors.teal,
  none: barColors.pale,
} as const;

/** Colour of a cause's part of the bar; the second of a family beside the first is another tone of grey or blue, or the same. */
export function causeColor({ family }: Mark, pale: boolean): string {
  if (pale && family === 'people') return barColors.paleBlue;
  if (pale && family === 'none') return barColors.dark;
  return families[family];
}
