import type { EventOf } from '#shared/events/kinds.ts';
import { deviceFacts, deviceName, volumeFacts } from './device.ts';
import { placeWords } from './document.ts';
import { type Fact, factList, type Story } from './fact.ts';
import { authorisationFacts, bandWords, drillFacts } from './finding.ts';
import { registerFacts } from './media.ts';

export function bulkStory({ data }: EventOf<'identifiers.bulk-reached'>): Story {
  const { scope, band, bulkFrom, drill, place, device, volume } = data;
  const to = device ? deviceName(device) : placeWords[place].toLowerCase();
  const people = `${bandWords(band)} identifiers of people`;
  const how = scope === 'file' ? 'in one file' : 'by one user in a day';
  const medium: Fact[] = [...(device ? deviceFacts(device) : []), ...(volume ? volumeFacts(volume) : [])];
  return {
    headline: `Bulk reached${drill ? ' (drill)' : ''}: ${people} ${how}, to ${to}`,
    facts: [
      ...factList({
        'Identifiers of people': bandWords(band),
        Counted: scope === 'file' ? 'In one file' : 'Over the files of one user in one day',
        'Bulk from': bulkFrom.toLocaleString('en-GB'),
        'Written to': placeWords[place],
      }),
      ...drillFacts(drill),
      ...authorisationFacts(data),
      ...registerFacts(data),
      ...medium,
    ],
  };
}
