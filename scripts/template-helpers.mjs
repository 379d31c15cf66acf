// The helpers a template may call; anything else is a build error. Their code: src/report/render.ts.
export const knownHelpers = { t: true, pad: true, md: true, term: true, rich: true };
