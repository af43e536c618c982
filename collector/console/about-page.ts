import type { FastifyInstance } from 'fastify';
import type { Policy } from '#shared/policy/schema.ts';
import { currentPolicy } from '../policies/policies.ts';
import { neverRecorded, recordedFamilies } from '../transparency/recorded-families.ts';
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
      data: { families: recordedFamilies(), never: neverRecorded, policy: policy && policyView(policy) },
    });
  });
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
