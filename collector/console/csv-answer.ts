import type { FastifyReply } from 'fastify';

/** Answers with a file to keep. @param name without ending, in letters that every system takes */
export function sendCsv(reply: FastifyReply, name: string, text: string): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}.csv"`)
    .send(text);
}
