import type { FastifyInstance } from 'fastify';
import { computerById } from '../register/computer.ts';
import { softwareOn } from '../register/software-list.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { approvalTag, sourceWords } from './software-words.ts';
import { counted, moment } from './words.ts';

/** Everything that is installed on one computer; what nobody approved comes first. */
export function computerSoftwareRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get<{ Params: { id: string } }>('/computers/:id/software', async (request, reply) => {
    const computer = await computerById(context.store, request.params.id);
    if (!computer) return reply.callNotFound();
    const titles = await softwareOn(context.store, computer.no);
    const data = {
      computer: { name: computer.hostname, href: `/computers/${computer.id}` },
      summary: counted(titles.length, 'title'),
      rows: titles.map((title) => ({
        href: `/software/${title.id}`,
        name: title.name,
        publisher: title.publisher ?? 'Unknown',
        source: sourceWords(title.source),
        version: title.version,
        approval: approvalTag(title.approval),
        since: moment(title.since),
      })),
    };
    const title = `Software on ${computer.hostname}`;
    return sendPage(context, request, reply, { name: 'computer-software', title, section: 'computers', data });
  });
}
