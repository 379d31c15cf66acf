import Handlebars from 'handlebars/dist/handlebars.runtime.js';
import summary from '../../templates/terminal.hbs';
import { oneLine } from './prose.ts';
import { type Badge, type Style, styleCodes } from './terminal-line.ts';
import type { TerminalView } from './terminal-view.ts';

const badges: readonly Style[] = [
  'p0',
  'p1',
  'p2',
  'p3',
  'critical',
  'attention',
  'healthy',
  'unknown',
] satisfies readonly Badge[];

const isStyle = (value: unknown): value is Style =>
  typeof value === 'string' && Object.hasOwn(styleCodes, value);

/** One piece of text: no control character of its own, colour around it when wanted. A badge takes the same cells either way. */
function paint(style: unknown, text: unknown, color: boolean): string {
  if (typeof text !== 'string' || !isStyle(style))
    throw new TypeError('paint: a text or its style is missing');
  const clean = oneLine(text);
  if (badges.includes(style)) return color ? `\u001b[${styleCodes[style]}m ${clean} \u001b[0m` : `[${clean}]`;
  return color && styleCodes[style] !== '' && clean.trim() !== ''
    ? `\u001b[${styleCodes[style]}m${clean}\u001b[0m`
    : clean;
}

type Template = (context: unknown) => string;
const compiled = new Map<boolean, Template>();

function compile(color: boolean): Template {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('paint', (style: unknown, text: unknown) => paint(style, text, color));
  return handlebars.template(summary);
}

/** Answers: what does the terminal show? Plain text of at most 80 cells a line; colour only when asked for. */
export function renderTerminal(view: TerminalView, color: boolean): string {
  const template = compiled.get(color) ?? compile(color);
  compiled.set(color, template);
  return `${template(view)
    .split('\n')
    .map((text) => text.trimEnd())
    .join('\n')
    .trim()}\n`;
}
