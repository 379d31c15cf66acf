// The helpers a template may call; anything else is a build error. Their code: src/report/markdown.ts (md, cell, code,
// codecell, fence), src/report/terminal.ts (paint, term), src/report/html.ts (rich).
export const knownHelpers = {
  md: true,
  cell: true,
  code: true,
  codecell: true,
  fence: true,
  paint: true,
  term: true,
  rich: true,
};
