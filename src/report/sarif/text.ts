import { plain } from '../machine/finding-text.ts';
import type { Prose } from '../view/atoms.ts';

/** Half a surrogate pair is legal in JSON's grammar and breaks its readers. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\u{fffd}');

export const sarifText = (text: Prose): string => wellFormed(plain(text));
