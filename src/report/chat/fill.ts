import type { ChatDigest } from './digest.ts';
import type { Block } from './lines.ts';

/** What one message holds. */
export interface Part {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** More messages than these are a flood; what is left is counted, and stands in the report. */
export const mostParts = 3;

/**
 * Answers: which messages make up this digest, for a vendor who takes what `fits`? Whole findings in order, as many as there
 * is room for; one that is too long even for a message of its own is sent in a shorter form. The last message says how many
 * more there are.
 */
export function fillParts(
  digest: ChatDigest,
  fits: (part: Part) => boolean,
  most: number = mostParts,
): readonly Part[] {
  // Room is kept in every part for the longest title and the longest foot: which one is the last is known at the end.
  const title = digest.part(most, most);
  const foot = digest.foot(0);
  const hasRoom = (blocks: readonly Block[]): boolean => fits({ title, blocks: [...blocks, foot] });
  const parts: Block[][] = [[shortened(digest.head, hasRoom)]];
  let told = 0;
  for (const finding of digest.findings) {
    const form = finding.forms.find((block) => hasRoom([block]));
    const last = parts.at(-1);
    if (form === undefined || last === undefined) break;
    if (hasRoom([...last, form])) last.push(form);
    else if (parts.length < most) parts.push([form]);
    else break;
    told += 1;
  }
  parts.at(-1)?.push(digest.foot(told));
  return parts.map((blocks, index) => ({
    title: digest.part(index + 1, parts.length),
    blocks: blocks.filter((block) => block.length > 0),
  }));
}

/** Without its last lines, until it fits. */
function shortened(block: Block, hasRoom: (blocks: readonly Block[]) => boolean): Block {
  for (let lines = block.length; lines > 0; lines -= 1) {
    const shorter = block.slice(0, lines);
    if (hasRoom([shorter])) return shorter;
  }
  return [];
}
