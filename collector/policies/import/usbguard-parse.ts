import { InvalidError } from '#shared/errors.ts';

export const targets = ['allow', 'block', 'reject'] as const;
export const operators = ['all-of', 'one-of', 'none-of', 'equals', 'equals-ordered', 'match-all'] as const;
export type Operator = (typeof operators)[number];
export const attributeNames = [
  'id',
  'name',
  'serial',
  'hash',
  'parent-hash',
  'via-port',
  'with-interface',
  'with-connect-type',
  'label',
] as const;
export type AttributeName = (typeof attributeNames)[number];

export interface Attribute {
  operator: Operator;
  values: string[];
}

export interface UsbguardCondition {
  negated: boolean;
  name: string;
  argument: string | undefined;
}

export interface UsbguardRule {
  line: number;
  target: (typeof targets)[number];
  attributes: Partial<Record<AttributeName, Attribute>>;
  conditions: { operator: Operator; values: UsbguardCondition[] } | undefined;
}

interface Token {
  text: string;
  quoted: boolean;
}

/**
 * Reads the rules of a USBGuard rules file.
 * @throws InvalidError with file, line and reason
 */
export function parseUsbguard(file: string, text: string): UsbguardRule[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => {
      const fail = (says: string): never => {
        throw new InvalidError(`${file}, line ${index + 1}: ${says}.`);
      };
      const tokens = tokensOf(line, fail);
      return tokens.length === 0 ? [] : [ruleOf(tokens, index + 1, fail)];
    });
}

type Fail = (says: string) => never;

// A word, a quoted text with backslashes, a brace, or a condition with its argument, which may hold quoted texts.
const tokenPattern = /\s*(?:(#.*)|"((?:[^"\\]|\\.)*)"|([{}])|([^\s"{}()#]+(?:\((?:[^()"]|"(?:[^"\\]|\\.)*")*\))?))/y;

function tokensOf(line: string, fail: Fail): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (line.slice(tokenPattern.lastIndex).trim() !== '') {
    const from = tokenPattern.lastIndex;
    const found = tokenPattern.exec(line);
    if (!found) return fail(`this cannot be read from column ${from + 1} on`);
    const [, comment, quoted, brace, word] = found;
    if (comment !== undefined) break;
    if (quoted !== undefined) tokens.push({ text: unescaped(quoted, fail), quoted: true });
    else tokens.push({ text: brace ?? word ?? '', quoted: false });
  }
  return tokens;
}

function unescaped(text: string, fail: Fail): string {
  return text.replaceAll(/\\(x[0-9a-fA-F]{2}|.)/g, (_all, code: string) => {
    if (code.length === 3) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return code === '"' || code === '\\' ? code : fail(`there is no escape \\${code}`);
  });
}

function ruleOf(tokens: Token[], line: number, fail: Fail): UsbguardRule {
  const [first, ...rest] = tokens;
  const target = targets.find((known) => known === first?.text && !first.quoted);
  if (!target) return fail('a rule begins with allow, block or reject');
  const rule: UsbguardRule = { line, target, attributes: {}, conditions: undefined };
  while (rest.length > 0) {
    const word = rest.shift();
    const name = attributeNames.find((known) => known === word?.text);
    if (word?.text === 'if') {
      if (rule.conditions) return fail('conditions stand twice');
      rule.conditions = conditionsOf(takeValues(rest, fail), fail);
    } else if (name && !word?.quoted) {
      if (rule.attributes[name]) return fail(`attribute ${name} stands twice`);
      rule.attributes[name] = attributeOf(name, takeValues(rest, fail), fail);
    } else return fail('this is no attribute of USBGuard');
  }
  return rule;
}

interface Values {
  operator: Operator;
  tokens: Token[];
}

function takeValues(rest: Token[], fail: Fail): Values {
  const operator = operators.find((known) => known === rest[0]?.text && !rest[0].quoted);
  if (operator) rest.shift();
  if (rest[0]?.text !== '{' || rest[0].quoted) {
    const single = rest.shift();
    if (operator || !single || (!single.quoted && single.text === '}')) return fail('a value is missing');
    return { operator: 'equals', tokens: [single] };
  }
  const end = rest.findIndex(({ text, quoted }) => text === '}' && !quoted);
  if (end < 0) return fail('a closing brace is missing');
  const tokens = rest.splice(0, end + 1).slice(1, -1);
  return { operator: operator ?? 'equals', tokens };
}

const forms: Partial<Record<AttributeName, RegExp>> = {
  id: /^([0-9a-f]{4}:([0-9a-f]{4}|\*)|\*:\*)$/i,
  'with-interface': /^[0-9a-f]{2}:([0-9a-f]{2}:([0-9a-f]{2}|\*)|\*:\*)$/i,
};

function attributeOf(name: AttributeName, { operator, tokens }: Values, fail: Fail): Attribute {
  const form = forms[name];
  for (const { text, quoted } of tokens) {
    if (form ? quoted || !form.test(text) : !quoted) return fail(`a value of ${name} is not of its form`);
  }
  return { operator, values: tokens.map(({ text }) => (form ? text.toLowerCase() : text)) };
}

const conditionForm = /^(!?)(true|false|random|localtime|allowed-matches|rule-applied|rule-evaluated)(?:\((.*)\))?$/;

function conditionsOf({ operator, tokens }: Values, fail: Fail): UsbguardRule['conditions'] {
  const values = tokens.map(({ text, quoted }): UsbguardCondition => {
    const [, negation = '', name, argument] = (quoted ? null : conditionForm.exec(text)) ?? [];
    return name === undefined
      ? fail('this is no condition of USBGuard')
      : { negated: negation === '!', name, argument };
  });
  return { operator, values };
}
