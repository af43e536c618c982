import type { FastifyInstance } from 'fastify';
import { kindDefinition, kindNames } from '#shared/events/kinds.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { currentPolicy } from '../policies/policies.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { counted } from './words.ts';

/** What is recorded about staff, for how long, and what never is. */
export function aboutRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/about-monitoring', async (request, reply) => {
    const policy = (await currentPolicy(context.store))?.policy;
    return sendPage(context, request, reply, {
      name: 'about-monitoring',
      title: 'What is recorded',
      section: 'about',
      data: { families: families(), policy: policy && policyView(policy) },
    });
  });
}

const familyWords: Record<string, string> = {
  media: 'Removable media and devices',
  drive: 'Encryption of drives',
  document: 'Saved documents',
  software: 'Software',
  posture: 'Protection of the computer',
  code: 'One-time codes',
  agent: 'The agent itself',
  inventory: 'The computer',
  events: 'Gaps in the record',
};

function families() {
  const families = new Map<string, { title: string; kinds: { name: string; description: string }[] }>();
  for (const name of kindNames) {
    const word = name.slice(0, name.indexOf('.'));
    const family = families.get(word) ?? { title: familyWords[word] ?? word, kinds: [] };
    family.kinds.push({ name, description: kindDefinition(name).description });
    families.set(word, family);
  }
  return [...families.values()];
}

function policyView({ title, mode, documents, retention }: Policy) {
  return {
    title,
    enforced: mode === 'enforce',
    fileNames: documents.fileNames === 'names',
    excludedFolders: documents.excludedFolders,
    routine: counted(retention.routineDays, 'day'),
    violations: counted(retention.violationDays, 'day'),
  };
}
