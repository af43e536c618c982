import type { LocalReference } from '#shared/identifiers/local-reference.ts';

/** What words beside a number, or above a column, say of it. One bit each, so that a set of them is a number. */
export const says = {
  nhsNumber: 1,
  chi: 2,
  hscNumber: 4,
  niNumber: 8,
  /** A person is spoken of as patients are. */
  patient: 16,
  dateOfBirth: 32,
  address: 64,
  name: 128,
  /** An organisation, not a person: said on every page of a trust's catalogue too. */
  health: 256,
  /** The number is one to be dialled. */
  phone: 512,
  /** The number is one of another kind. */
  other: 1024,
} as const;

const firstOfLocal = 11;

/** The bit for words of the site's own reference. @param index from 0 to 19 */
export function saysLocal(index: number): number {
  return 1 << (firstOfLocal + index);
}

/**
 * Words in lower case; a blank stands for a space, hyphen, underscore, full stop, colon, line end or nothing at all, so
 * `nhs number` is also `NHSNumber`, `nhs_number` and `NHS-Number:`. Of labels that begin at one place the longest holds.
 * Sources: Microsoft Purview's definitions of the NHS and National Insurance numbers; CRATE's list of SystmOne columns
 * (`IDPatient`, `NHSNumber`); phsmethods and uk-fci for Scotland and Northern Ireland.
 */
const words: readonly (readonly [means: number, labels: string])[] = [
  [
    says.nhsNumber,
    'nhs number|nhs numbers|nhs no|nhs nos|nhs num|nhs nr|nhs id|nhs identifier|nhs ref|nhs reference|new nhs no|nhs n|national health service number|rhif gig|rhif nhs',
  ],
  [
    says.chi,
    'chi|chi number|chi numbers|chi no|chi nos|chi num|chi id|community health index|community health index number|nhs scotland',
  ],
  [
    says.hscNumber,
    'h c number|h c no|h&c|h&c number|h&c no|hcn|hc number|hc no|hsc|hsc number|hsc no|health and care number|health and care no|health and social care number|health & care number',
  ],
  [
    says.niNumber,
    'national insurance|national insurance number|national insurance no|ni number|ni no|ni num|nino|n i number|n i no',
  ],
  [
    says.patient,
    'patient|patients|patient id|patient identifier|patient identification|patient no|patient number|patient ref|patient reference|patient name|id patient|service user|service users|controcc|cpli|care package line item|client contribution',
  ],
  [says.dateOfBirth, 'dob|d o b|date of birth|dates of birth|birth date|birthdate|birth|born|patient dob'],
  [says.address, 'postcode|post code|postal code|address|home address|patient postcode|patient address|pcode'],
  [
    says.name,
    'name|names|full name|surname|forename|forenames|first name|last name|family name|given name|client name|firstname|lastname',
  ],
  [says.health, 'nhs|national health service|health authority|health services authority|gp'],
  [
    says.phone,
    'phone|phones|phone no|phone number|telephone|telephone no|telephone number|telephones|tel|tel no|tels|mobile|mobiles|mobile no|mobile number|mob|mob no|fax|fax no|sms|whatsapp|voicemail|helpline|switchboard|pager|bleep|cell|contact number|contact no|patient phone|patient mobile|patient telephone|call|call me on|call on|dial|ring on|text to|landline|freephone|hotline',
  ],
  [
    says.other,
    'order|orders|order no|order number|order id|ordered|invoice|invoices|invoice no|invoice number|isbn|issn|utr|taxpayer reference|tax reference|vat|vat no|timestamp|timestamps|time stamp|epoch|unix time|unix|hash|hashes|sha|md5|crc|checksum|digest|account|account no|account number|acct|sort code|iban|purchase|purchase order|po|po no|po number|ticket|tickets|tracking|parcel|consignment|page|page id|page ids|pageid|serial|serial no|serial number|ref|ref no|reference|reference no|reference number|policy no|meter|mpan|mprn|part no|part number|sku|barcode|gtin|ean|upc|imei|imsi|transaction|transaction id|receipt|booking|licence|licence no|license|company no|company number|charity number|event id|message id|job id|batch|quote|quote no|catalogue|catalogue no|product|product code|asset|asset no|asset tag|card|card no|grid reference|chi square|chi squared|uprn|article|post id|user id|userid|session id|supplier no|vendor no|contract no|payroll|staff no|employee no|employee number|staff number|url|uri',
  ],
];

export interface Label {
  /** Its words, in lower case. */
  words: readonly string[];
  means: number;
}

/** The labels known, with those of the site's own references. */
export function labelsFor(references: readonly LocalReference[]): Label[] {
  const known = words.flatMap(([means, labels]) => labels.split('|').map((label) => labelOf(label, means)));
  const own = references.flatMap(({ words: some = [] }, index) =>
    some.map((label) => labelOf(label.toLowerCase(), saysLocal(index))),
  );
  return [...own, ...known];
}

function labelOf(label: string, means: number): Label {
  return { words: label.split(' '), means };
}
