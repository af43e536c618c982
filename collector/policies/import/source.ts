import { parseDocument } from 'yaml';
import { InvalidError } from '#shared/errors.ts';

/** A file of a foreign policy, as it was handed over. */
export interface SourceFile {
  name: string;
  text: string;
}

/** @throws InvalidError with file and line, for text that is no JSON */
export function parseJson({ name, text }: SourceFile): unknown {
  const json = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(json);
  } catch (error) {
    // The engine does not always say where; JSON is YAML, and its reader does.
    const { line, col } = parseDocument(json, { schema: 'json' }).errors[0]?.linePos?.[0] ?? { line: 1, col: 1 };
    throw new InvalidError(`${name}, line ${line}, column ${col}: this is not valid JSON.`, { cause: error });
  }
}
