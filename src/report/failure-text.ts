// Failures as a person reads them: what, where, the source line, why, and what to do next.
import type { Failure } from '../base/failure.ts';

/** Several lines without a trailing newline. Control characters of hostile texts are shown, not obeyed. */
export function failureText(failure: Failure): string {
  const lines = [`error: ${failure.message}`];
  if (failure.place !== undefined) lines.push(`  at:   ${failure.place}`);
  if (failure.frame !== undefined) lines.push(indent(failure.frame));
  if (failure.cause !== undefined) lines.push('  why:', indent(failure.cause));
  if (failure.next !== undefined) lines.push(`  next: ${failure.next}`);
  lines.push(`  code: ${failure.code}`);
  return [plain(lines.join('\n')), ...(failure.others ?? []).map(failureText)].join('\n\n');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

/**
 * Replaces control characters except newline and tab, so that no text can move a terminal's cursor, and the
 * characters that turn the direction of text, with which it could pass for another (CVE-2021-42574).
 */
export function plain(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, '\uFFFD');
}

/** `plain` for what has one line: further ones could pass for lines of this program. */
export function plainLine(text: string): string {
  return plain(text).replace(/[\n\t]/g, ' ');
}
