export type MailStyles = ReadonlyMap<string, readonly (readonly [property: string, value: string])[]>;
export function readMailStyles(css: string): MailStyles;
export function inlineMail(source: string, styles: MailStyles): string;
