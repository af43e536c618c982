import { InvalidError } from '#shared/errors.ts';
import { type LintCircumstances, type LintFinding, lint } from '#shared/policy/lint.ts';
import { openPolicy } from '#shared/policy/load.ts';

/** Looks the text of a policy over, for `portcullis-collector policy lint`: every finding with its line. */
export function lintText(text: string, circumstances: LintCircumstances): LintFinding[] {
  try {
    const { policy, lineOf } = openPolicy(text);
    const place = new Map((policy.rules ?? []).map(({ id }, index) => [id, index]));
    return lint(policy, circumstances).map((finding) => {
      const index = finding.ruleId === undefined ? undefined : place.get(finding.ruleId);
      return index === undefined ? finding : { ...finding, line: lineOf(['rules', index]) };
    });
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error;
    const line = /line (\d+)/.exec(error.message)?.[1];
    const check = error.message.includes('would deny every') ? 'locks-out' : 'invalid';
    const mend = 'Mend it there; nothing else was looked at.';
    return [{ level: 'error', check, says: error.message, mend, ...(line && { line: Number(line) }) }];
  }
}
